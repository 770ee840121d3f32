import Bytes
import PruneCore
import Synchronization
import TestSupport
import Testing

@testable import PruneEngine

/// Runs of several machines on one state in a GitLab.
struct SharedStateTests {
  private let world: GitLabWorld

  init() throws {
    world = try GitLabWorld()
  }

  private init(_ world: GitLabWorld) {
    self.world = world
  }

  private func holder(_ run: UInt64) -> LogHolder {
    LogHolder(
      run: RunID(run), since: GitLabWorld.wall, host: "runner-\(run)", job: "apply"
    )
  }

  /// Takes the state; returns who was waited for.
  private func take(_ state: SharedState, _ run: UInt64) throws -> [LogHolder] {
    var waited: [LogHolder] = []
    try state.take(as: holder(run)) { waited.append($0) }
    return waited
  }

  private func writeJournal(_ state: SharedState, _ text: String) throws {
    let journal = try state.files.disk.open(state.files.journal, for: .creating)
    for line in text.split(separator: "\n") {
      try journal.write(Array("\(line)\n".utf8))
      try journal.syncData()
    }
  }

  private func save(_ state: SharedState, _ text: String) throws {
    let files = state.files
    let draft = files.path + ".draft"
    try files.disk.open(draft, for: .creating).write(Array(text.utf8))
    try files.disk.rename(draft, to: files.path)
  }

  private func text(_ state: SharedState, _ path: String) -> String? {
    guard let file = try? state.files.disk.open(path, for: .reading) else { return nil }
    return (try? file.end(bytes: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a second machine continues where the first ended`() throws {
    let first = try world.state(as: "a")
    #expect(try take(first, 1).isEmpty)
    #expect(text(first, first.files.path) == nil)
    try writeJournal(first, "one\ntwo\n")
    try save(first, "state 1")
    try first.files.disk.remove(first.files.journal)
    first.release()

    let second = try world.state(as: "b")
    #expect(try take(second, 2).isEmpty)
    #expect(text(second, second.files.path) == "state 1")
    #expect(text(second, second.files.journal) == nil)
    second.release()
    // Of the first run, only the entries that open and close it are left, and the one by which it has
    // shown before it saved that it holds the state.
    let entries = world.server.with { $0.states["users-log"]?.versions.count }
    #expect(entries == 5)
  }

  @Test func `a state that is held stays held while its run is alive`() throws {
    let first = try world.state(as: "a")
    #expect(try take(first, 1).isEmpty)
    world.onPause { first.log?.renew() }
    let second = try world.state(as: "b")
    let error = #expect(throws: SharedStoreError.self) { try take(second, 2) }
    #expect(error == .held(holder(1)))
    #expect(first.log?.loss == nil && first.log?.maySend == true)
  }

  @Test func `a dead run is waited for, and its journal continued`() throws {
    let first = try world.state(as: "a")
    #expect(try take(first, 1).isEmpty)
    try writeJournal(first, "one\ntwo\n")
    let start = world.now
    let second = try world.state(as: "b")
    #expect(try take(second, 2) == [holder(1)])
    #expect(world.now - start >= Lease.patience)
    #expect(text(second, second.files.journal) == "one\ntwo\n")
    // The dead one wakes up.
    #expect(first.log?.maySend == false)
    let error = #expect(throws: SystemError.self) { try save(first, "late") }
    #expect(error?.description.contains("runner-2") == true)
    #expect(first.log?.loss == .takenOver(holder(2)))
    #expect(try second.store.find() == nil)
  }

  /// Lets a run end, just before another machine asks for one of its entries.
  private func endRun(_ state: SharedState, before entry: Int) {
    world.server.before("GET users-log/versions/\(entry)") {
      do {
        try save(state, "state 1")
        try state.files.disk.remove(state.files.journal)
        state.release()
      } catch {
        Issue.record(error)
      }
    }
  }

  @Test(arguments: 1...5)
  func `entries that a run removes at its end are not missed`(entry: Int) throws {
    for takes in [false, true] {
      let world = try GitLabWorld()
      let tests = SharedStateTests(world)
      let first = try world.state(as: "a")
      #expect(try tests.take(first, 1).isEmpty)
      try tests.writeJournal(first, "one\ntwo\nthree\nfour\n")
      tests.endRun(first, before: entry)
      let second = try world.state(as: "b")
      if takes {
        _ = try tests.take(second, 2)
      } else {
        try second.pull()
      }
      #expect(tests.text(second, second.files.path) == "state 1")
      #expect(tests.text(second, second.files.journal) == nil)
    }
  }

  @Test func `an entry that someone has deleted is missed`() throws {
    let first = try world.state(as: "a")
    #expect(try take(first, 1).isEmpty)
    try writeJournal(first, "one\ntwo\nthree\n")
    let index = try #require(LogIndex(3))
    try first.store.remove([index])
    let second = try world.state(as: "b")
    #expect(throws: SharedStoreError.log(.hole(index))) { try take(second, 2) }
    #expect(throws: SharedStoreError.log(.hole(index))) { try second.pull() }
  }

  @Test func `a clock that is wrong is refused`() throws {
    world.server.with { $0.date = "Sat, 21 Nov 2026 03:41:12 GMT" }
    #expect(throws: SharedStoreError.otherTime(seconds: 60)) {
      try take(try world.state(as: "a"), 1)
    }
    #expect(world.server.with { $0.states.isEmpty })
  }

  @Test func `a plan reads a state that a run holds, and changes nothing`() throws {
    let first = try world.state(as: "a")
    #expect(try take(first, 1).isEmpty)
    try writeJournal(first, "one\n")
    let before = world.server.with(\.states.count)
    let reader = try world.state(as: "b")
    try reader.pull()
    #expect(text(reader, reader.files.journal) == "one\n")
    #expect(text(reader, reader.files.path) == nil)
    #expect(world.server.with(\.states.count) == before)
  }
}
