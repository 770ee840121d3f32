import Bytes
import Crypto
import PruneCore
import Synchronization
import TestSupport
import Testing

@testable import PruneEngine

/// The state and the log in a GitLab.
struct GitLabStoreTests {
  private let world: GitLabWorld
  private let store: GitLabStore

  init() throws {
    world = try GitLabWorld()
    store = try world.store()
  }

  private func index(_ number: UInt64) throws -> LogIndex { try #require(LogIndex(number)) }

  private func save(_ number: Int) -> StoredState.Save { .init(RunID(1), number) }

  /// Not compressible.
  private static func noise(_ count: Int) -> [UInt8] {
    var random = SplitMix64(seed: 2)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  // MARK: - The state

  @Test func `a state of some megabytes is read as it was written`() throws {
    #expect(try store.find() == nil)
    #expect(try store.read { _ in Issue.record("it has no bytes") } == nil)
    let bytes = Self.noise(3 << 20)
    let version = try store.replace(bytes, try index(5), save(1))
    #expect(version.text == "1")
    let wanted = StoredState(version: version, save: save(1), log: try index(5))
    #expect(try store.find() == wanted)
    let (found, content) = try store.content()
    #expect(found == wanted && content == bytes)
    #expect(try store.replace([], try index(6), save(2), version).text == "2")
    #expect(try store.content().bytes == [])
  }

  @Test func `a state is replaced only if it has the expected version`() throws {
    let first = try store.replace([1], .start, save(1))
    #expect(throws: SharedStoreError.conflict) { try store.replace([2], .start, save(2)) }
    let second = try store.replace([3], .start, save(3), first)
    #expect(throws: SharedStoreError.conflict) { try store.replace([4], .start, save(4), first) }
    #expect(try store.find()?.version == second)
    #expect(try store.content().bytes == [3])
  }

  @Test func `the head of a long state is read without the rest`() throws {
    _ = try store.replace(Self.noise(8 << 20), .start, save(1))
    let before = world.server.connections
    // A transfer that is cut off ends its connection.
    for number in 1...3 {
      #expect(try store.find()?.save == save(1))
      #expect(world.server.connections == before + number)
    }
    let version = try #require(try store.find()?.version)
    _ = try store.replace(Self.noise(1000), .start, save(2), version)
    let after = world.server.connections
    for _ in 0..<3 { #expect(try store.find()?.save == save(2)) }
    #expect(world.server.connections == after)
  }

  @Test func `a serial that is free because someone deleted its version is a conflict`() throws {
    let first = try store.replace([1], .start, save(1))
    let second = try store.replace([2], .start, save(2), first)
    let third = try store.replace([3], .start, save(3), second)
    world.server.with { _ = $0.states["users"]?.versions.removeValue(forKey: 2) }
    #expect(throws: SharedStoreError.conflict) { try store.replace([9], .start, save(9), first) }
    #expect(try store.find()?.version == third)
    #expect(try store.content().bytes == [3])
  }

  @Test func `what is refused although its serial is free is no conflict`() throws {
    let version = try store.replace([1], .start, save(1))
    world.server.with { $0.refusesStates = true }
    let error = #expect(throws: SharedStoreError.self) {
      try store.replace([2], .start, save(2), version)
    }
    #expect(error?.explanation.contains("No serial in payload") == true)
    let entry = #expect(throws: SharedStoreError.self) {
      try store.append([1], at: try index(1))
    }
    #expect(entry == error)
    world.server.with {
      $0.refusesStates = false
      $0.states["users"]?.isBeingDeleted = true
    }
    let other = #expect(throws: SharedStoreError.self) {
      try store.replace([2], .start, save(2), version)
    }
    #expect(other?.explanation.contains("deleting") == true)
  }

  @Test func `a state without a version is none`() throws {
    world.server.with { $0.states["users"] = .init() }
    #expect(try store.find() == nil && store.read { _ in } == nil)
    #expect(try store.replace([1], .start, save(1)).text == "1")
  }

  @Test(arguments: [
    (Array(#"{"version": 4, "serial": 3, "lineage": "x"}"#.utf8), "did not write"),
    (GitLabDocumentWriter.document(GitLabHead(serial: 3), [1]), "did not write"),
    (Array(#"{"serial": 3, "format": 9, "imprune": ""}"#.utf8), "newer one"),
  ])
  func `what is no state of this imprune is not read`(bytes: [UInt8], words: String) throws {
    world.server.with { $0.states["users"] = .init(versions: [3: bytes]) }
    let found = #expect(throws: SharedStoreError.self) { try store.find() }
    let read = #expect(throws: SharedStoreError.self) { try store.read { _ in } }
    #expect(found == read && found?.explanation.contains(words) == true)
  }

  @Test func `a damaged state is found and not read`() throws {
    _ = try store.replace(Self.noise(4000), .start, save(1))
    world.server.with { project in
      guard let bytes = project.states["users"]?.versions[1] else { return }
      project.states["users"]?.versions[1]?[bytes.count / 2] ^= 1
    }
    #expect(try store.find()?.save == save(1))
    let error = #expect(throws: SharedStoreError.self) { try store.read { _ in } }
    #expect(error?.explanation.contains("is damaged") == true)
  }

  @Test func `what cannot be stored locally ends the transfer with its reason`() throws {
    _ = try store.replace(Self.noise(100_000), .start, save(1))
    let full = SystemError(action: "write", path: "p", code: 28)
    #expect(throws: SharedStoreError.disk(full)) {
      try store.read { (_) throws(SystemError) in throw full }
    }
    #expect(try store.content().bytes == Self.noise(100_000))
  }

  // MARK: - The log

  @Test func `an entry is created once`() throws {
    #expect(try store.entries(from: try index(1)).isEmpty)
    #expect(try store.append([1, 2], at: try index(1)))
    #expect(try !store.append([1, 2], at: try index(1)))
    #expect(try !store.append([3], at: try index(1)))
    #expect(try store.append([], at: try index(2)))
    #expect(try store.entries(from: try index(1)) == [[1, 2], []])
    try store.probe([1, 2], at: try index(1))
    #expect(try store.find() == nil)
  }

  @Test func `many entries are read in order`() throws {
    for number: UInt8 in 1...40 {
      #expect(try store.append([number], at: try index(UInt64(number))))
    }
    let first = try store.entries(from: try index(1))
    #expect(first.count > 1 && first == (1...UInt8(first.count)).map { [$0] })
    #expect(try store.entries(from: try index(39)) == [[39], [40]])
    #expect(try store.entries(from: try index(41)).isEmpty)
  }

  @Test func `a hole is found, and trimmed entries are gone`() throws {
    for number: UInt64 in 1...20 { _ = try store.append([1], at: try index(number)) }
    try store.remove([try index(5)])
    #expect(throws: SharedStoreError.log(.hole(try index(5)))) {
      try store.entries(from: try index(1))
    }
    try store.remove(try (1...19).map { try index($0) })
    // The state must contain what is missing; one that does not is older than its log.
    #expect(throws: SharedStoreError.log(.hole(try index(1)))) {
      try store.entries(from: try index(1))
    }
    #expect(try store.entries(from: try index(20)).count == 1)
  }

  @Test func `an entry as long as it may be`() throws {
    let noise = Self.noise(1 << 20)
    let long = [UInt8](repeating: 7, count: LogEntry.maxBytes)
    #expect(try store.append(noise, at: try index(1)))
    #expect(try store.append(long, at: try index(2)))
    #expect(try store.entries(from: try index(1)) == [noise, long])
    #expect(try store.append(long + [7], at: try index(3)))
    #expect(throws: SharedStoreError.log(.damaged(try index(3)))) {
      try store.entries(from: try index(3))
    }
  }

  @Test func `an entry from elsewhere is damaged`() throws {
    func put(_ serial: Int, _ bytes: [UInt8]?) {
      world.server.with { $0.states["users-log"]?.versions[serial] = bytes }
    }
    _ = try store.append([1], at: try index(1))
    _ = try store.append([3], at: try index(3))
    let state = GitLabDocumentWriter.document(GitLabHead(serial: 2, log: .start, save: save(1)), [])
    let other = GitLabDocumentWriter.document(GitLabHead(serial: 1), [1])
    for bytes in [state, other, [], Array(#"{"serial": 2}"#.utf8)] {
      put(2, bytes)
      #expect(throws: SharedStoreError.log(.damaged(try index(2)))) {
        try store.entries(from: try index(1))
      }
    }
    let newer = Array(#"{"serial": 2, "format": 2, "imprune": ""}"#.utf8)
    put(2, newer)
    #expect(throws: SharedStoreError.log(.newerVersion(try index(2), "2"))) {
      try store.entries(from: try index(1))
    }
    // Also if it is the last one, by which the end of the log is found.
    put(3, nil)
    #expect(throws: SharedStoreError.log(.newerVersion(try index(1), "2"))) {
      try store.entries(from: try index(1))
    }
    put(2, Array(#"{"serial": 2}"#.utf8))
    #expect(throws: SharedStoreError.log(.damaged(try index(1)))) {
      try store.entries(from: try index(1))
    }
  }

  @Test func `nothing is asked for behind the last entry`() throws {
    _ = try store.append([1], at: try index(1))
    _ = try store.append([2], at: try index(2))
    let before = world.server.requests.count
    #expect(try store.entries(from: try index(1)).count == 2)
    #expect(try store.entries(from: try index(3)).isEmpty)
    #expect(world.server.requests.count == before + 4)
  }

  @Test func `a refused entry is not taken for another run's`() throws {
    world.server.with { $0.states["users-log"] = .init(isBeingDeleted: true) }
    let error = #expect(throws: SharedStoreError.self) {
      try store.append([1], at: try index(1))
    }
    #expect(error?.explanation.contains("deleting") == true)
  }

  @Test func `a server that stores a serial twice is not used`() throws {
    _ = try store.append([1], at: try index(1))
    world.server.with { $0.keepsSerialsUnique = false }
    let error = #expect(throws: SharedStoreError.self) { try store.probe([1], at: try index(1)) }
    guard case .unsuitable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  // MARK: - Time

  @Test func `the clock is compared with the server's`() throws {
    #expect(store.clockOffset == nil)
    _ = try store.find()
    #expect(store.clockOffset == 0)
    world.server.with { $0.date = "Sat, 21 Nov 2026 03:41:12 GMT" }
    _ = try store.entries(from: try index(1))
    #expect(store.clockOffset == 60)
  }
}
