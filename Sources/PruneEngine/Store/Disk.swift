package import Bytes

/// The disk of a state, as far as states and journals need it: the real one, or the simulation's,
/// which crashes and fails on purpose.
package protocol Disk: Sendable {
  func open(_ path: String, for purpose: File.Purpose) throws(SystemError) -> any DiskFile
  /// The status of the file at a path.
  func status(of path: String) throws(SystemError) -> FileStatus
  /// Why a file cannot be replaced by a rename, as far as that can be known without trying.
  func obstacle(toReplacing path: String) throws(SystemError) -> ReplacementObstacle?
  func rename(_ path: String, to target: String) throws(SystemError)
  func remove(_ path: String) throws(SystemError)
  /// Makes name changes in a path's folder durable.
  func syncFolder(of path: String) throws(SystemError)
}

/// An open file of a disk; see `File`.
package protocol DiskFile: Sendable {
  var path: String { get }
  func status() throws(SystemError) -> FileStatus
  func source(bytes: Int) -> ByteSource
  /// The last bytes, at most this many.
  func end(bytes: Int) throws(SystemError) -> [UInt8]
  func write(_ bytes: [UInt8]) throws(SystemError)
  func syncData() throws(SystemError)
  func sync() throws(SystemError)
  func truncate(to bytes: Int) throws(SystemError)
  func adopt(_ status: FileStatus)
  func lock() throws(SystemError) -> Bool
}
