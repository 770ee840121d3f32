import Bytes
import HTTP
import PruneCore
import Synchronization

/// The real world of a run: monotonic clock, journal on disk, transfers over the network, signals.
struct LiveWorld: World {
  private let transfers: Transfers
  /// Nil for a precheck, which records nothing.
  private let journal: JournalWriter?
  /// The log of a shared state; nil if the state is local, or nothing is to be changed.
  private let lease: SharedLog?
  private let mailbox: Mailbox
  private let url: CallURL
  private let app: App
  private var signer: Signer
  private let watch: Applier.Watch
  /// Outcomes written to the journal and not known to be on disk, if a caller asks for them.
  private var outcomes = OutcomeQueue()
  /// Events of this thread, such as a request that could not be started.
  private var events: [ApplyEvent] = []
  private var random = RequestNumbers(SystemRandomNumberGenerator())
  /// The calls in flight, and how many users each has.
  private var underWay: [SendID: (call: Call, users: Int)] = [:]

  init(
    _ transfers: Transfers, journal: JournalWriter?, lease: SharedLog?, app: App,
    endpoint: Endpoint,
    signer: Signer, mailbox: Mailbox, watch: Applier.Watch
  ) {
    self.transfers = transfers
    self.journal = journal
    self.lease = lease
    self.app = app
    url = CallURL(endpoint, app: app.id, admin: app.admin)
    self.mailbox = mailbox
    self.signer = signer
    self.watch = watch
  }

  func now() -> Moment {
    Moment(instant: .now(), wall: Timestamp(seconds: Process.wallSeconds()))
  }

  mutating func perform(_ action: ApplyAction, earliest: Instant) {
    switch action {
    case .saveTags(let tags): journal?.save(tags)
    case .append(let records, let ticket):
      journal?.append(records, ticket)
      if watch.outcomes != nil { outcomes.append(records, ticket) }
    case .pace(let call, let gap):
      transfers.setGap(.nanoseconds(gap.nanoseconds), of: group(of: call))
    case .send(let id, let call, let ids):
      send(id, call, users: ids.count, call.body(ids), earliest)
    case .addTags(let id, let additions):
      let body = TagAddition.body(additions, app.tagsAPI)
      send(id, .addTags, users: additions.count, body, earliest)
    case .cancelQueued: cancelQueued()
    case .renewSignature: signer.renew()
    case .abandon:
      // The calls in flight were abandoned, so neither their ends nor an error matter.
      _ = try? transfers.cancelAll()
      takeSendTimes()
      underWay = [:]
    case .notice(let notice): note(watch.notice(notice))
    case .finish: break
    }
  }

  mutating func wait(until deadline: Instant?) -> [ApplyEvent] {
    takeSendTimes()
    takeMail()
    defer { events = [] }
    if !events.isEmpty { return events }
    do throws(HTTPError) {
      let completions = try transfers.wait(
        until: deadline.map { MonotonicTime(nanoseconds: $0.nanoseconds) })
      takeSendTimes()
      for completion in completions {
        let id = SendID(completion.id.rawValue)
        underWay[id] = nil
        events.append(.answered(id, Self.reply(completion.result)))
      }
    } catch {
      takeSendTimes()
      events.append(.networkFailed(error.description))
    }
    takeMail()
    return events
  }

  /// Reports the calls that were sent.
  private mutating func takeSendTimes() {
    for sendTime in transfers.takeSendTimes() {
      let id = SendID(sendTime.id.rawValue)
      let left = Instant(nanoseconds: sendTime.moment.nanoseconds)
      if let (call, users) = underWay[id] { watch.sending?(call, users, left) }
      events.append(.sent(id, at: left))
    }
  }

  private mutating func cancelQueued() {
    takeSendTimes()
    do throws(HTTPError) {
      for dropped in try transfers.cancelUnsent() {
        let id = SendID(dropped.rawValue)
        underWay[id] = nil
        events.append(.answered(id, .notSent("canceled before it was sent")))
      }
    } catch {
      events.append(.networkFailed(error.description))
    }
  }

  /// Takes the events of other threads, and reports the outcomes that they say are on disk.
  private mutating func takeMail() {
    let mail = mailbox.take()
    events.append(contentsOf: mail)
    guard let notify = watch.outcomes else { return }
    for case .durable(let ticket) in mail {
      for recorded in outcomes.take(upTo: ticket) { note(notify(recorded)) }
    }
  }

  /// A run must not continue without its reports.
  private mutating func note(_ failure: SystemError?) {
    if let failure { events.append(.outputLost(failure.description)) }
  }

  private mutating func send(
    _ id: SendID, _ call: Call, users: Int, _ body: [UInt8], _ earliest: Instant
  ) {
    if let journal, !journal.admits(id, call) { return }
    let latest = lease?.end
    if lease?.maySend == false {
      events.append(.answered(id, .notSent("the shared state was not held long enough")))
      return
    }
    let signature: Secret
    do throws(SigningError) {
      signature = try signer.signature(at: now().wall)
    } catch {
      // Stop the run first, so that it does not retry the call.
      events += [.signingFailed(error.reason), .answered(id, .notSent("it was not signed"))]
      return
    }
    let url = url.text(path: call.path(app.tagsAPI), signature: signature, random: random.next())
    underWay[id] = (call, users)
    do throws(HTTPError) {
      try transfers.start(
        .post(url, body: body), as: TransferID(rawValue: id.number),
        in: group(of: call), earliest: MonotonicTime(nanoseconds: earliest.nanoseconds),
        latest: latest.map { BootTime(nanoseconds: $0.nanoseconds) })
    } catch {
      // libcurl as a whole has failed, and the call may have been sent before that.
      takeSendTimes()
      events.append(.answered(id, .lost(error.description)))
      events.append(.networkFailed(error.description))
    }
  }

  /// Calls to one endpoint share a rate limit.
  private func group(of call: Call) -> RateGroup { RateGroup(call.path(app.tagsAPI)) }

  /// Classifies an HTTP result without reading its content.
  private static func reply(_ result: Result<Response, TransferFailure>) -> Reply {
    switch result {
    case .success(let response):
      .response(
        status: response.status, body: response.body,
        head: ResponseHead(date: response.date, contentType: response.contentType))
    case .failure(let failure) where failure.kind == .untrusted: .untrusted(failure.message)
    case .failure(let failure) where failure.requestMayHaveBeenSent: .lost(failure.message)
    case .failure(let failure): .notSent(failure.message)
    }
  }
}

/// Events from other threads, for the loop.
final class Mailbox: Sendable {
  private let events = Mutex<[ApplyEvent]>([])
  private let wakeup: Wakeup

  init(_ wakeup: Wakeup) {
    self.wakeup = wakeup
  }

  func post(_ event: ApplyEvent) {
    events.withLock { $0.append(event) }
    wakeup()
  }

  func take() -> [ApplyEvent] {
    events.withLock { events in
      defer { events = [] }
      return events
    }
  }
}
