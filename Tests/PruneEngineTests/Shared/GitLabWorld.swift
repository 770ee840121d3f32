import Bytes
import PruneCore
import Synchronization

@testable import PruneEngine

/// A GitLab, and clocks that only pauses move.
final class GitLabWorld: Sendable {
  let server: GitLabServer
  private let folder: PrivateFolder
  private let clock: Clock

  private final class Clock: Sendable {
    let now = Mutex(Instant(nanoseconds: 1_000_000_000))
    let onPause = Mutex<@Sendable () -> Void>({})
  }

  init() throws {
    server = try GitLabServer()
    folder = try PrivateFolder()
    clock = Clock()
  }

  /// Calls a function after each pause.
  func onPause(_ body: @escaping @Sendable () -> Void) { clock.onPause.withLock { $0 = body } }

  /// When the server says it is.
  static let wall = Timestamp(seconds: 1_795_232_412)

  var time: StoreTime {
    let clock = clock
    return StoreTime(
      now: { clock.now.withLock { $0 } },
      wall: { Self.wall },
      pause: { interval in
        clock.now.withLock { $0 = $0 + interval }
        clock.onPause.withLock { $0 }()
      },
      everySecond: { _ in 0 }, ofLoop: { $0 })
  }

  var now: Instant { clock.now.withLock { $0 } }

  /// A store whose files have a name of their own.
  func store(
    _ name: String = "users", as machine: String = "a", project: String? = nil,
    password: String = GitLabProject.password
  ) throws -> GitLabStore {
    let address = try GitLabAddress("\(server.address)/\(name)")
    let access = GitLabStore.Access(
      username: GitLabProject.username, password: Secret(password), caFile: nil, version: "1")
    return try GitLabStore(
      address, access, time, draft: "\(folder.path)/\(machine).upload", on: RealDisk())
  }

  /// The shared state as a machine has it.
  func state(as machine: String) throws -> SharedState {
    SharedState(
      try store(as: machine), copyAt: "\(folder.path)/\(machine)", on: RealDisk(), time)
  }
}

extension SharedStore {
  /// Replaces the state by bytes in memory.
  func replace(
    _ bytes: [UInt8], _ log: LogIndex, _ save: StoredState.Save,
    _ version: StoredState.Version? = nil
  ) throws(SharedStoreError) -> StoredState.Version {
    try replace(
      with: { ByteSource(bytes, chunkSize: 100_000) }, bytes: bytes.count, log: log, save: save,
      expecting: version)
  }

  /// The state and its bytes.
  func content() throws(SharedStoreError) -> (state: StoredState?, bytes: [UInt8]) {
    let bytes = Box()
    let state = try read { piece in bytes.bytes.withLock { $0 += piece } }
    return (state, bytes.bytes.withLock { $0 })
  }
}

private final class Box: Sendable {
  let bytes = Mutex<[UInt8]>([])
}
