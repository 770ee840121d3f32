internal import HTTP
package import PruneCore

/// Gives users the tags back that a run cleared; `run` has the order (docs/architecture.md,
/// "Restoring tags").
package struct TagRestore {
  private let manifest: Manifest
  private let files: StateFiles
  private let request: Request
  private let policies: Policies
  private let options: Applier.Options
  private let environment: RunEnvironment

  package init(
    _ manifest: Manifest, _ files: StateFiles, _ request: Request, _ policies: Policies,
    _ options: Applier.Options, _ environment: RunEnvironment
  ) {
    self.policies = policies
    self.manifest = manifest
    self.files = files
    self.request = request
    self.options = options
    self.environment = environment
  }

  /// What is to be restored.
  package struct Request {
    /// Reads the tag file: after the lock, since a run may be writing it until then.
    let read: () throws -> MergedTags
    /// Only these users; empty for all.
    let ids: [UserID]
    /// Whether users get their tags although they have others now.
    let merges: Bool
    /// Whether the state forgets the clears of users whom the manifest still wants cleared.
    let reopens: Bool
    /// Whether nothing is changed, neither the state nor a user.
    let isDry: Bool

    package init(
      ids: [UserID], merges: Bool, reopens: Bool, isDry: Bool,
      read: @escaping () throws -> MergedTags
    ) {
      self.read = read
      self.ids = ids
      self.isDry = isDry
      self.merges = merges
      self.reopens = reopens
    }
  }

  /// The user interface of a restore.
  package struct Screen {
    /// The shared state is held by a run that has written nothing for a moment.
    let waitingForRun: (LogHolder) -> Void
    /// An interrupted run, with this many records, was folded into the state.
    let recovered: (Int) -> Void
    /// In a dry run: a run is in progress, or was interrupted.
    let unfinished: (JournalHeader) -> Void
    /// The restore waits so many seconds until no clear of an earlier run can take effect any more.
    let waiting: (_ seconds: Int) -> Void
    let access: (ServiceAccess.Notice) -> Void
    let watch: () -> Applier.Watch
    /// Shows what was read, and gets approval; throws to stop.
    let approve: (Found) throws -> Void
    /// The state was saved without the forgotten records; with its backup.
    let reopened: (_ serial: UInt64, _ backup: String) -> Void

    package init(
      waitingForRun: @escaping (LogHolder) -> Void,
      recovered: @escaping (Int) -> Void, unfinished: @escaping (JournalHeader) -> Void,
      waiting: @escaping (_ seconds: Int) -> Void,
      access: @escaping (ServiceAccess.Notice) -> Void,
      watch: @escaping () -> Applier.Watch,
      approve: @escaping (Found) throws -> Void,
      reopened: @escaping (_ serial: UInt64, _ backup: String) -> Void
    ) {
      self.waitingForRun = waitingForRun
      self.recovered = recovered
      self.unfinished = unfinished
      self.waiting = waiting
      self.access = access
      self.watch = watch
      self.approve = approve
      self.reopened = reopened
    }
  }

  /// What there is to do, before anything is changed.
  package struct Found: Sendable {
    package let read: Restoration
    /// How many records of clears the state will forget.
    package let reopened: Int
    /// Those who are left out.
    package let removed: [RemovedUser]
    /// Whether the tag file has its end line.
    package let isWhole: Bool
  }

  /// Why nothing was restored.
  package enum Failure: Error, Equatable, Sendable {
    /// A policy forbids to touch the app.
    case policy([PolicyRefusal])
    /// A policy protects this user, by this entry.
    case protected(UserID, entry: String, policy: String)
    case lock(StateLock.Failure)
    case store(StateStoreError)
    /// The tag file belongs to another state: what differs.
    case otherState(String)
    /// The tag file is of the other family of tag calls.
    case otherAPI(TagsAPI)
    /// The tag file does not have this user.
    case notSaved(UserID)
    /// The manifest asks to clear the tags of this many users; the first, and its place.
    case wanted(users: Int, first: UserID, place: String)
    case calls(Refresh.Failure)
  }

  /// How many seconds a call may take effect after the process that sent it has ended: a call takes at
  /// most 10 s, and the service gives it up after 3 s (docs/service.md, "Timeouts").
  private static let lateness = 15

  /// What became of the users.
  package struct Ended: Sendable {
    /// As they were read before anything was added.
    package let read: Restoration
    /// Those who lacked tags; nil if no user does, or nothing is to be changed.
    package let restored: (result: RunResult, users: Restoration)?
    /// Those who were left out.
    package let removed: [RemovedUser]
  }

  /// Locks, checks, recovers, reads, gets approval, forgets the clears and adds the tags.
  package func run(_ screen: Screen) throws -> Ended {
    let refusals = policies.refusals(of: manifest.app)
    if !refusals.isEmpty { throw Failure.policy(refusals) }
    let lock =
      request.isDry
      ? nil
      : try attempt(
        StateLock(files, command: "imprune tags restore", waiting: screen.waitingForRun),
        orThrow: Failure.lock)
    defer { lock?.release() }
    let saved = try request.read()
    var (plan, journal) = try plan(saved.header)
    if request.isDry, let journal { screen.unfinished(journal) }
    let (chosen, removed) = try leavingOutRemoved(saved, chosen(saved))
    if let (id, entry, policy) = policies.protected(among: chosen.lazy.map { saved[$0].id }) {
      throw Failure.protected(id, entry: entry, policy: policy)
    }
    let wanted = try wanted(saved, chosen)
    if !request.isDry, let records = try attempt(StateStore.recover(files), orThrow: Failure.store)
    {
      screen.recovered(records)
      plan = try self.plan(saved.header).plan
    }
    if !request.isDry, !chosen.isEmpty { try waitUntilSettled(screen) }
    let access = ServiceAccess(to: manifest.app, environment, notify: screen.access)
    let service = try attempt(access.service()) { Failure.calls(.access($0)) }
    let reading = Restoration(count: chosen.count, merges: request.merges, adds: false) {
      saved[chosen[$0]]
    }
    let read = try drive(plan, reading, service, screen.watch()).users
    let confirmed = read.confirmed()
    let reopened = try records(of: read, among: wanted)
    try screen.approve(
      Found(read: read, reopened: reopened.count, removed: removed, isWhole: saved.isWhole))
    if !request.isDry { try reopen(reopened, screen) }
    if request.isDry || confirmed.count == 0 {
      return Ended(read: read, restored: nil, removed: removed)
    }
    return Ended(
      read: read, restored: try drive(plan, confirmed, service, screen.watch()), removed: removed)
  }

  /// The plan against the state, which must be the one of the tag file; and the journal of a run that
  /// has not ended.
  private func plan(
    _ header: TagFileHeader
  ) throws(Failure) -> (plan: Plan, journal: JournalHeader?) {
    let pipeline = PlanPipeline(manifest)
    let found = try attempt(pipeline.plan(files), orThrow: Failure.store)
    guard let state = found.plan.state else { throw .store(.missing(file: files.name)) }
    if let difference = state.difference(from: header) { throw .otherState(difference) }
    guard manifest.app.tagsAPI == header.api else { throw .otherAPI(header.api) }
    return (found.plan, found.journal)
  }

  /// The users to restore, by their index in the tag file.
  private func chosen(_ saved: MergedTags) throws(Failure) -> [Int] {
    if request.ids.isEmpty { return Array(saved.indices) }
    var indices: [Int] = []
    for id in Set(request.ids).sorted() {
      guard let index = saved.index(of: id) else { throw .notSaved(id) }
      indices.append(index)
    }
    return indices
  }

  /// The chosen users without those whose accounts may be gone by the state, and these.
  private func leavingOutRemoved(
    _ saved: MergedTags, _ chosen: [Int]
  ) throws(Failure) -> ([Int], removed: [RemovedUser]) {
    let records = try attempt(
      StateStore.records(files) { RemovedUser($0) != nil }, orThrow: Failure.store)
    if records.isEmpty { return (chosen, []) }
    let removed = Dictionary(
      records.lazy.compactMap(RemovedUser.init).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    return (
      chosen.filter { removed[saved[$0].id] == nil }, chosen.compactMap { removed[saved[$0].id] }
    )
  }

  /// Waits until no clear of an earlier run can take effect any more.
  ///
  /// A clear may be sent long after its intent, and again under the same intent, so what is recorded of
  /// it does not say when. But a run holds the lock until it ends, and after its last call the state was
  /// saved, by the run or together with its journal. If a clock has jumped, waiting from now on is
  /// enough: this process has the lock.
  private func waitUntilSettled(_ screen: Screen) throws(Failure) {
    let status = try attempt(files.disk.status(of: files.path)) { Failure.store(.system($0)) }
    // Both are whole seconds.
    let age = Int(Process.wallSeconds()) - Int(status.modified / 1_000_000_000)
    let left = min(Self.lateness, Self.lateness + 1 - age)
    if left <= 0 { return }
    screen.waiting(left)
    MonotonicTime.wait(until: .now().advanced(by: .seconds(left)))
  }

  /// The users whom the manifest wants cleared; throws unless their clears are to be forgotten.
  private func wanted(_ saved: MergedTags, _ chosen: [Int]) throws(Failure) -> Set<UserID> {
    let entries = manifest.entries
    let wanted = chosen.compactMap { manifest.entry(of: saved[$0].id) }
      .filter { entries.operation(of: $0) == .clearTags }
    if let first = wanted.first, !request.reopens {
      throw .wanted(
        users: wanted.count, first: first.id, place: manifest.text(of: entries.place(of: first)))
    }
    return Set(wanted.map(\.id))
  }

  /// The users who get or have their tags, whom the state records as cleared and the manifest wants
  /// cleared.
  private func records(
    of users: Restoration, among wanted: Set<UserID>
  ) throws(Failure) -> [UserID] {
    if wanted.isEmpty { return [] }
    let tagged = (0..<users.count).filter {
      switch users.status(at: $0) {
      case .missing, .restored: true
      case .absent, .otherTags, .unread, .failed: false
      }
    }
    let restored = Set(tagged.lazy.map { users[$0].id }).intersection(wanted)
    return try attempt(StateStore.completedRecords(files), orThrow: Failure.store)
      .filter { $0.operation == .clearTags && restored.contains($0.id) }.map(\.id)
  }

  /// Lets the state forget clears, before any tag is added: a crash in between makes the next plan
  /// clear again what has no tags.
  private func reopen(_ ids: [UserID], _ screen: Screen) throws(Failure) {
    guard !ids.isEmpty, let edit = StateEdit(.forget, ids: ids, operation: .clearTags) else {
      return
    }
    let (serial, backup) = try attempt(
      { () throws(StateStoreError) in
        try StateStore.save(edit, StateStore.outcome(of: edit, in: files).outcome, files)
      }(), orThrow: Failure.store)
    screen.reopened(serial, backup)
  }

  private func drive(
    _ plan: Plan, _ restoration: Restoration, _ service: Applier.Service, _ watch: Applier.Watch
  ) throws(Failure) -> (result: RunResult, users: Restoration) {
    let live = try attempt(LiveRun(service, options)) { Failure.calls(.calls(.network($0))) }
    let (result, users) = live.restore(plan, restoration, files.shared?.log, watch)
    if let stop = result.stop, !restoration.adds {
      throw .calls(.calls(.stopped(stop, Exit(result))))
    }
    return (result, users)
  }
}
