import PruneCore
import Synchronization
import TestSupport
import Testing
import Bytes

@testable import PruneEngine

/// How appends to a journal become durable.
struct JournalWriterTests {
  /// A file that counts its operations.
  private final class CountingFile: DiskFile {
    let file: any DiskFile
    let writes = Mutex(0)
    let syncs = Mutex(0)

    init(_ file: any DiskFile) {
      self.file = file
    }

    var path: String { file.path }
    func status() throws(SystemError) -> FileStatus { try file.status() }
    func source(bytes: Int) -> ByteSource { file.source(bytes: bytes) }
    func end(bytes: Int) throws(SystemError) -> [UInt8] { try file.end(bytes: bytes) }
    func adopt(_ status: FileStatus) {}
    func truncate(to bytes: Int) throws(SystemError) {}
    func lock() throws(SystemError) -> Bool { true }
    func sync() throws(SystemError) {}

    func write(_ bytes: [UInt8]) throws(SystemError) {
      writes.withLock { $0 += 1 }
      try file.write(bytes)
    }

    func syncData() throws(SystemError) { syncs.withLock { $0 += 1 } }
  }

  /// Work that waits for the disk, and the events after it.
  private final class Later: Sendable {
    let jobs = Mutex<[@Sendable () -> Void]>([])
    let posted = Mutex<[ApplyEvent]>([])

    /// Lets the disk finish everything requested so far.
    func work() {
      let jobs = jobs.withLock { jobs in
        defer { jobs = [] }
        return jobs
      }
      for job in jobs { job() }
    }

    /// Lets the disk finish the oldest request alone.
    func workOnce() { jobs.withLock { $0.removeFirst() }() }
  }

  private let place: TemporaryWorkspace
  private let files: StateFiles
  private let file: CountingFile
  private let later = Later()
  private let writer: JournalWriter

  init() throws {
    place = try TemporaryWorkspace()
    files = try StateFiles(name: place.path("imprune.state"))
    let app = try #require(SDKAppID(7))
    try StateStore.create(
      files, StateHeader(app: app, service: .loopback, lineage: Lineage(1), serial: 4))
    let header = JournalHeader(
      app: app, service: .loopback, lineage: Lineage(1), serial: 4, run: RunID(2),
      digest: try #require(PlanDigest(hex: String(repeating: "0a", count: 32))))
    let run = try StateStore.beginRun(
      files, header, try StateLock(files, command: "a test"), seen: nil)
    file = CountingFile(run.journal)
    writer = JournalWriter(
      RunFiles(
        files: files, header: run.header, lock: run.lock, journal: file,
        journalIdentity: run.journalIdentity, state: run.state,
        stateStatus: run.stateStatus),
      tagsAPI: .allMemberPush, later: { [later] job in later.jobs.withLock { $0.append(job) } },
      post: { [later] event in later.posted.withLock { $0.append(event) } })
  }

  private var posted: [ApplyEvent] { later.posted.withLock { $0 } }

  @Test func `waiting appends become durable with one sync`() throws {
    let header = try place.bytes("imprune.state.journal")
    for number in 1...40 as ClosedRange<UInt8> {
      writer.append([number], JournalTicket(UInt64(number)))
    }
    #expect(posted.isEmpty)
    later.work()
    #expect(try place.bytes("imprune.state.journal") == header + Array(1...40))
    #expect(file.writes.withLock { $0 } == 1)
    #expect(file.syncs.withLock { $0 } == 1)
    #expect(posted == [.durable(JournalTicket(40))])
    // Later requests are not part of it.
    writer.append([41], JournalTicket(41))
    later.work()
    #expect(file.syncs.withLock { $0 } == 2)
    #expect(posted.last == .durable(JournalTicket(41)))
  }

  private func saved(_ id: String) throws -> SavedTags {
    SavedTags(
      id: try #require(UserID(id)), tags: [Tag([97])], time: Timestamp(seconds: 1_795_232_473))
  }

  private var tagFile: String? { place.names.first { $0.contains(".tags-") } }

  @Test func `saved tags are durable with the next append, also after an idle flush`() throws {
    writer.append([1], JournalTicket(1))
    writer.append([2], JournalTicket(2))
    later.workOnce()
    writer.save([try saved("a")])
    // Nothing is left for it to write, and the tags wait.
    later.workOnce()
    #expect(posted == [.durable(JournalTicket(2))])
    writer.append([3], JournalTicket(3))
    later.workOnce()
    #expect(posted.last == .durable(JournalTicket(3)))
    let bytes = try place.bytes(try #require(tagFile))
    var reader = try TagFileReader(ByteSource(bytes))
    #expect(try reader.next() == saved("a"))
    #expect(writer.endTags()?.users == 1)
  }

  @Test(arguments: [true, false])
  func `the journal confirms nothing after the tag file is lost`(isRemoved: Bool) throws {
    writer.save([try saved("a")])
    writer.append([1], JournalTicket(1))
    later.work()
    let name = try #require(tagFile)
    if isRemoved { try place.remove(name) } else { try place.write(name, [1]) }
    writer.append([2], JournalTicket(2))
    later.work()
    #expect(posted.count == 2)
    guard case .filesLost(let words) = posted.last else {
      Issue.record("the loss was not noticed")
      return
    }
    #expect(words.contains(name))
    let saved = try #require(writer.endTags())
    #expect(saved.users == 1 && saved.loss != nil)
    guard isRemoved else {
      // Nothing has its lines any more.
      #expect(saved.path == nil && !saved.isWhole && saved.failure != nil)
      #expect(place.names.count { $0.contains(".tags-") } == 1)
      return
    }
    let path = try #require(saved.path)
    #expect(path.hasSuffix(name + "-copy") && saved.isWhole)
    var reader = try TagFileReader(ByteSource(place.bytes(name + "-copy")))
    #expect(try reader.next() == self.saved("a"))
    #expect(try reader.next() == nil)
    let isWhole = reader.isWhole
    #expect(isWhole)
  }

  @Test func `the tag file gets its end, and no more users, after another file is lost`() throws {
    writer.save([try saved("a")])
    writer.append([1], JournalTicket(1))
    later.work()
    #expect(posted == [.durable(JournalTicket(1))])
    // The journal is lost, so what is saved after that is not written.
    try place.remove("imprune.state.journal")
    writer.append([2], JournalTicket(2))
    later.work()
    writer.save([try saved("b")])
    writer.append([3], JournalTicket(3))
    later.work()
    let ended = try #require(writer.endTags())
    #expect(ended.users == 1 && ended.isWhole && ended.loss == nil)
  }

  /// Changes by another process to a file of the run, and how the run reports them.
  enum Loss: String, CaseIterable {
    case journalRemoved, journalRenamed, journalReplaced, journalCut, journalWritten
    case lockRemoved, lockReplaced
    case stateRemoved, stateReplaced, stateEmptied
  }

  @Test(arguments: Loss.allCases)
  func `the journal confirms nothing after a file of the run is lost`(loss: Loss) throws {
    writer.append([1], JournalTicket(1))
    later.work()
    let (name, words) = try make(loss)
    let path = place.path(name)
    let loss = words.hasSuffix(" changed") ? "\(words) \(path)" : "\(path) \(words)"
    writer.append([2], JournalTicket(2))
    later.work()
    #expect(posted == [.durable(JournalTicket(1)), .filesLost(loss)])
    // From then on everything stays in memory.
    writer.append([3], JournalTicket(3))
    later.work()
    #expect(posted.count == 2)
    #expect(!writer.copy.isOnDisk)
    var bytes: [UInt8] = []
    var chunk: [UInt8] = []
    let source = writer.copy.source
    repeat {
      try source.read(into: &chunk)
      bytes += chunk
    } while !chunk.isEmpty
    #expect(bytes.suffix(3) == [1, 2, 3])
  }

  @Test(arguments: [Loss.lockRemoved, .lockReplaced])
  func `the journal admits no user after the lock is lost`(loss: Loss) throws {
    #expect(writer.admits(SendID(1), .deleteAccounts))
    let (name, words) = try make(loss)
    // Reading changes no user.
    #expect(writer.admits(SendID(2), .checkAccounts))
    #expect(posted.isEmpty)
    for call in [Call.clearTags, .deleteAccounts] { #expect(!writer.admits(SendID(3), call)) }
    let said = "\(place.path(name)) \(words)"
    let refusal = [ApplyEvent.filesLost(said), .answered(SendID(3), .notSent(said))]
    #expect(posted == refusal + refusal)
  }

  private func make(_ loss: Loss) throws -> (name: String, words: String) {
    let (state, lock) = ("imprune.state", "imprune.state.lock")
    let journal = "imprune.state.journal"
    func replace(_ name: String, _ bytes: [UInt8]) throws {
      try place.write("other", bytes)
      try place.move("other", to: name)
    }
    switch loss {
    case .journalRemoved: try place.remove(journal)
    case .journalRenamed: try place.move(journal, to: "saved.journal")
    case .journalReplaced: try replace(journal, place.bytes(journal))
    case .journalCut: try place.cut(journal, to: 10)
    case .journalWritten: try place.append(journal, "x")
    case .lockRemoved: try place.remove(lock)
    case .lockReplaced: try replace(lock, [])
    case .stateRemoved: try place.remove(state)
    case .stateReplaced: try replace(state, place.bytes(state))
    case .stateEmptied: try place.cut(state, to: 0)
    }
    return switch loss {
    case .journalRemoved, .journalRenamed: (journal, "was removed or renamed")
    case .journalReplaced: (journal, "was replaced by another file")
    case .journalCut, .journalWritten: (journal, "another program changed")
    case .lockRemoved: (lock, "was removed or renamed")
    case .lockReplaced: (lock, "was replaced by another file")
    case .stateRemoved: (state, "was removed or renamed")
    case .stateReplaced: (state, "was replaced by another file")
    case .stateEmptied: (state, "another program changed")
    }
  }
}
