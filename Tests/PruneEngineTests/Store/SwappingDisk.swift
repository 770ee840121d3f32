import PruneCore
import Synchronization
import TestSupport
import Bytes

@testable import PruneEngine

/// A disk on which another process replaces a file at the moment of locking.
final class SwappingDisk: Disk {
  /// How often it still does.
  private let timesLeft: Mutex<Int>
  private let folder: String
  private let disk = RealDisk()

  init(_ place: TemporaryWorkspace, times: Int) {
    folder = place.folder
    timesLeft = Mutex(times)
  }

  /// Whether it has done so as often as intended.
  var isDone: Bool { timesLeft.withLock { $0 == 0 } }

  private func swap(_ path: String) {
    let isTime = timesLeft.withLock { left in
      defer { left = max(left - 1, 0) }
      return left > 0
    }
    guard isTime else { return }
    do {
      let other = folder + "/other"
      _ = try disk.open(other, for: .creating)
      try disk.rename(other, to: path)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  func open(_ path: String, for purpose: File.Purpose) throws(SystemError) -> any DiskFile {
    SwappedFile(file: try disk.open(path, for: purpose), swap: { [weak self] in self?.swap($0) })
  }

  func status(of path: String) throws(SystemError) -> FileStatus { try disk.status(of: path) }
  func obstacle(toReplacing path: String) throws(SystemError) -> ReplacementObstacle? {
    try disk.obstacle(toReplacing: path)
  }
  func rename(_ path: String, to target: String) throws(SystemError) {
    try disk.rename(path, to: target)
  }
  func remove(_ path: String) throws(SystemError) { try disk.remove(path) }
  func syncFolder(of path: String) throws(SystemError) { try disk.syncFolder(of: path) }
}

private struct SwappedFile: DiskFile {
  let file: any DiskFile
  let swap: @Sendable (String) -> Void

  var path: String { file.path }
  func status() throws(SystemError) -> FileStatus { try file.status() }
  func source(bytes: Int) -> ByteSource { file.source(bytes: bytes) }
  func end(bytes: Int) throws(SystemError) -> [UInt8] { try file.end(bytes: bytes) }
  func write(_ bytes: [UInt8]) throws(SystemError) { try file.write(bytes) }
  func syncData() throws(SystemError) { try file.syncData() }
  func sync() throws(SystemError) { try file.sync() }
  func truncate(to bytes: Int) throws(SystemError) { try file.truncate(to: bytes) }
  func adopt(_ status: FileStatus) { file.adopt(status) }

  func lock() throws(SystemError) -> Bool {
    let isLocked = try file.lock()
    swap(path)
    return isLocked
  }
}
