import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// A run on a state in a GitLab that fails at one request, whichever it is.
@Suite struct GitLabFaultTests {
  private static let records = (1...4).map { Array("records \($0)\n".utf8) }

  /// Takes the state, writes a journal, saves, and releases.
  private func run(_ state: SharedState, _ run: UInt64) throws {
    try state.take(as: .init(run: RunID(run), since: GitLabWorld.wall, host: "h", job: "j")) { _ in
    }
    let files = state.files
    let journal = try files.disk.open(files.journal, for: .creating)
    for records in Self.records {
      try journal.write(records)
      try journal.syncData()
    }
    let draft = files.path + ".draft"
    try files.disk.open(draft, for: .creating).write(Array("state \(run)".utf8))
    try files.disk.rename(draft, to: files.path)
    try files.disk.remove(files.journal)
    state.release()
  }

  /// What a run leaves behind without a fault, as a test of the tests.
  @Test func `a run uses some requests`() throws {
    let world = try GitLabWorld()
    try run(try world.state(as: "a"), 1)
    let requests = world.server.requests
    #expect(requests.contains("POST users") && requests.contains("POST users-log"))
    #expect(!requests.contains { $0.contains("/lock") })
    #expect((12...60).contains(requests.count), "\(requests)")
  }

  @Test(arguments: GitLabServer.Fault.allCases)
  func `a fault at any request is survived`(fault: GitLabServer.Fault) throws {
    var number = 0
    var isReached = true
    while isReached {
      let world = try GitLabWorld()
      world.server.fail(fault, after: number)
      try run(try world.state(as: "a"), 1)
      isReached = world.server.requests.count > number
      number += 1
      let next = try world.state(as: "b")
      // A run whose last entry was lost is waited for.
      try next.take(as: .init(run: RunID(2), since: GitLabWorld.wall, host: "h", job: "j")) { _ in }
      let files = next.files
      let bytes = try files.disk.open(files.path, for: .reading).end(bytes: 100)
      #expect(String(decoding: bytes, as: UTF8.self) == "state 1", "request \(number)")
      #expect((try? files.disk.status(of: files.journal)) == nil, "request \(number)")
    }
    #expect(number > 12)
  }
}
