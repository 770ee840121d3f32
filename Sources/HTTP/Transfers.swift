/// Many concurrent HTTP transfers, driven by one thread.
///
/// It is not `Sendable`: the thread that creates it starts and awaits all transfers. All work
/// happens inside `start` and `wait`; in between, only the kernel works.
///
/// HTTP/1.1 over reused connections. TLS is always verified, plain http is allowed only to this
/// machine, redirects are responses like any other, and what may change something is never sent twice.
package final class Transfers {
  /// Makes `wait` return soon, from any thread.
  package let wakeup: Wakeup

  private let options: TransferOptions
  private let multi: MultiHandle
  private let timer: Timer
  private let wakeEvent: WakeEvent
  private let rateGroups: RateGroups
  /// All handles ever created; the slot of each is its index.
  private var handles: [EasyHandle] = []
  private var idleSlots: [Int] = []
  /// libcurl's transfers by slot, and their slots.
  private var running: [Int: TransferID] = [:]
  private var slots: [TransferID: Int] = [:]
  /// Completed transfers that were not returned yet.
  private var completed: [Completion] = []

  /// Sets up libcurl; throws if libcurl or the system refuses a resource.
  ///
  /// `offset` returns how far the wall clock is ahead of the monotonic one: if that changes, the
  /// machine has slept.
  package init(
    _ options: TransferOptions,
    wallOffset offset: @escaping () -> Duration = MonotonicTime.wallOffset
  ) throws(HTTPError) {
    guard isHeaderValue(options.userAgent) else {
      throw HTTPError("the user agent contains a control character")
    }
    self.options = options
    rateGroups = RateGroups(wallOffset: offset)
    timer = try Timer()
    wakeEvent = try WakeEvent()
    multi = try MultiHandle(timer: timer, wakeEvent: wakeEvent)
    wakeup = Wakeup(wakeEvent: wakeEvent)
  }

  deinit {
    _ = try? cancelAll()  // There is no caller left to report to.
  }

  /// How many started transfers `wait` has not returned yet.
  package var inFlight: Int { running.count + completed.count }

  /// Starts a transfer and sends what can be sent without waiting.
  ///
  /// It does not wait for the network. A request in a rate group is sent no earlier than
  /// `earliest`, which must be at most a moment ahead, and no earlier than the group's gap after
  /// the last request; the thread waits for both, in a later `wait` if the request needs a new
  /// connection. If the request is late by a second, or the machine has slept, it completes as
  /// `.refused` and is not sent. `takeSendTimes` returns the send time. Without a rate group
  /// `earliest` has no effect. At `latest` or later it is not sent either.
  ///
  /// A request that is not allowed, or that libcurl refuses, completes as `.refused` at the next
  /// `wait`. Throws if `id` is already in flight, or if libcurl as a whole has failed.
  package func start(
    _ request: Request, as id: TransferID, in group: RateGroup? = nil,
    earliest: MonotonicTime = .now(), latest: BootTime? = nil
  ) throws(HTTPError) {
    guard slots[id] == nil, !completed.contains(where: { $0.id == id }) else {
      throw HTTPError("transfer \(id.rawValue) is in flight already")
    }
    let slot = try idleSlot()
    do throws(TransferFailure) {
      var ticket: RateGroups.Ticket?
      if let group { ticket = try rateGroups.ticket(id, in: group, earliest: earliest) }
      try handles[slot].prepare(request, ticket, latest: latest)
    } catch {
      idleSlots.append(slot)
      completed.append(Completion(id: id, result: .failure(error)))
      return
    }
    do {
      try multi.add(handles[slot])
    } catch {
      idleSlots.append(slot)
      throw error
    }
    running[slot] = id
    slots[id] = slot
    try multi.performDue()
  }

  /// Sets the shortest time between two requests of a rate group from now on; the default is zero.
  /// It also applies to requests that have started but were not sent.
  package func setGap(_ gap: Duration, of group: RateGroup) { rateGroups.setGap(gap, of: group) }

  /// Returns the send times in rate groups since the last call, in order. A request that libcurl
  /// repeats has another send time.
  package func takeSendTimes() -> [SendTime] { rateGroups.takeSendTimes() }

  /// Drives all transfers until at least one has completed, `wakeup` was called, or the deadline
  /// has passed. Returns the completed transfers in order of completion.
  ///
  /// With nothing to return it never returns before the deadline unless `wakeup` was called; with a
  /// deadline of nil and nothing in flight, only `wakeup` ends it. With a past deadline it polls
  /// once. It may return late by a rate group's gap, since a request with a ready connection waits
  /// for its turn; by more than one gap only if the gap is so long that libcurl's timers expire in
  /// the meantime, which serves all their requests at once. Throws if libcurl as a whole has
  /// failed; then every transfer in flight may have been sent.
  package func wait(until deadline: MonotonicTime?) throws(HTTPError) -> [Completion] {
    try timer.set(deadline)
    var wasWoken = false
    while true {
      try multi.performReady { !waitsToLeave($0) }
      try collect()
      if !completed.isEmpty || wasWoken { return takeCompleted() }
      // If a request had to wait, time has passed: check timer, wake event and responses before
      // serving the other requests that wait to be sent.
      let held = rateGroups.held
      try multi.performReady(waitsToLeave) { rateGroups.held > held }
      try collect()
      if !completed.isEmpty { return takeCompleted() }
      let ready = try multi.sleep()
      if ready.timer { timer.clear() }
      if ready.wakeEvent { wakeEvent.clear() }
      wasWoken = ready.wakeEvent
      // The caller has something to do right now. The sockets can wait, since serving many
      // transfers takes a while.
      if let deadline, deadline <= .now() { return takeCompleted() }
    }
  }

  /// Drops all transfers that have not completed and closes their connections. Returns their ids in
  /// ascending order. Each may have been sent.
  ///
  /// It keeps completed transfers: the next `wait` returns them.
  package func cancelAll() throws(HTTPError) -> [TransferID] { try cancel { _ in true } }

  /// Drops the transfers for which nothing was sent that the server could act on. Returns their ids
  /// in ascending order.
  package func cancelUnsent() throws(HTTPError) -> [TransferID] {
    try cancel { !$0.requestMayHaveBeenSent }
  }
}

extension Transfers {
  /// The slot of a free handle; creates one if there is none.
  private func idleSlot() throws(HTTPError) -> Int {
    if let slot = idleSlots.popLast() { return slot }
    handles.append(try EasyHandle(slot: handles.count, options: options, rateGroups: rateGroups))
    return handles.count - 1
  }

  private func cancel(_ isDropped: (Exchange) -> Bool) throws(HTTPError) -> [TransferID] {
    try collect()
    var ids: [TransferID] = []
    for (slot, id) in running.sorted(by: { $0.key < $1.key })
    where isDropped(handles[slot].exchange) {
      try multi.remove(handles[slot])
      _ = handles[slot].exchange.takeResponseBody()
      release(slot)
      ids.append(id)
    }
    return ids.sorted { $0.rawValue < $1.rawValue }
  }

  private func waitsToLeave(_ slot: Int) -> Bool {
    handles.indices.contains(slot) && !handles[slot].exchange.hasBegun
  }

  private func release(_ slot: Int) {
    if let id = running.removeValue(forKey: slot) { slots[id] = nil }
    idleSlots.append(slot)
  }

  private func collect() throws(HTTPError) {
    while let (slot, code) = multi.nextDone() {
      guard let id = running[slot] else { continue }
      let handle = handles[slot]
      completed.append(Completion(id: id, result: handle.finish(code)))
      try multi.remove(handle)
      release(slot)
    }
  }

  private func takeCompleted() -> [Completion] {
    defer { completed.removeAll(keepingCapacity: true) }
    return completed
  }
}
