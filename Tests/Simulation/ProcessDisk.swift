internal import Glibc
package import PruneEngine
internal import Bytes

/// The virtual disk as one process sees it: it counts operations, injects failures, and ends the
/// process.
package final class ProcessDisk: Disk, @unchecked Sendable {
  let disk: VirtualDisk
  private let trace: Trace?
  /// The number of operations so far.
  private(set) var operations = 0
  /// How many of them write or sync.
  private(set) var writes = 0
  /// The process is dead: its operations have no effect.
  var isDead = false
  /// The operation, counted from 1, before which the process dies.
  var lastsUntil: Int?
  /// The operation of a save, counted from 1, before which the process dies.
  var savesUntil: Int?
  private var operationsOfSave = 0
  var failure: DiskFailure?
  /// Called before every operation, and in the middle of a write.
  var before: () -> Void = {}
  /// For a mutation: whether to perform an operation.
  var alter: (DiskOperation, VirtualDisk) -> Bool = { _, _ in true }
  /// For a mutation: every file looks like every other, and none grows.
  var hidesIdentity = false
  /// The length of each file when first asked.
  var firstBytes: [String: Int] = [:]
  /// For a mutation: paths that keep showing their first file, unless this process has replaced it.
  var overlooked: Set<String> = []
  private var firstNodes: [String: VirtualDisk.Node] = [:]
  /// For a mutation: every file seems replaceable.
  var seesNoObstacle = false

  init(_ disk: VirtualDisk, _ trace: Trace? = nil) {
    self.disk = disk
    self.trace = trace
  }

  // MARK: - Disk

  package func open(_ path: String, for purpose: File.Purpose) throws(SystemError) -> any DiskFile {
    guard try begin(.open(path, purpose)) else {
      return VirtualFile(path, VirtualDisk.Node(0), self)
    }
    let old = disk.node(path)
    switch (purpose, old) {
    case (.reading, nil), (.readingItself, nil):
      throw SystemError(action: "open", path: path, code: ENOENT)
    case (.creating, .some), (.creatingShared, .some):
      throw SystemError(action: "open", path: path, code: EEXIST)
    default: break
    }
    let node = old ?? disk.make(path)
    if old == nil { firstNodes[path] = node }
    return VirtualFile(path, node, self)
  }

  package func status(of path: String) throws(SystemError) -> FileStatus {
    _ = try begin(.examine(path))
    if overlooked.contains(path), let first = firstNodes[path] { return status(of: first) }
    guard let node = disk.node(path) else {
      throw SystemError(action: "examine", path: path, code: ENOENT)
    }
    firstNodes[path] = node
    return status(of: node)
  }

  fileprivate func status(of node: VirtualDisk.Node) -> FileStatus {
    FileStatus(
      simulated: node.inode, bytes: node.content.count, links: disk.links(node),
      modified: node.modified)
  }

  package func obstacle(toReplacing path: String) throws(SystemError) -> ReplacementObstacle? {
    _ = try begin(.examine(path))
    return disk.mounted.contains(path) && !seesNoObstacle ? .mounted : nil
  }

  package func rename(_ path: String, to target: String) throws(SystemError) {
    guard try begin(.rename(path, target)) else { return }
    if disk.mounted.contains(target) {
      throw SystemError(action: "rename", path: path, code: EBUSY)
    }
    disk.rename(path, to: target)
    firstNodes[target] = disk.node(target)
  }

  package func remove(_ path: String) throws(SystemError) {
    guard try begin(.remove(path)) else { return }
    guard disk.node(path) != nil else {
      throw SystemError(action: "remove", path: path, code: ENOENT)
    }
    disk.remove(path)
    firstNodes[path] = nil
  }

  package func syncFolder(of path: String) throws(SystemError) {
    if try begin(.syncFolder) { disk.syncNames() }
  }

  // MARK: - Faults

  /// Counts an operation and returns whether to perform it; throws if it fails.
  func begin(_ operation: DiskOperation, failing: () -> Void = {}) throws(SystemError) -> Bool {
    before()
    if isDead { throw SystemError(action: "use a dead process's", path: "disk", code: EBADF) }
    operations += 1
    switch operation {
    case .write, .sync, .syncFolder: writes += 1
    case .open, .examine, .read, .rename, .remove: break
    }
    if operation.beginsSave { operationsOfSave = 1 }
    defer { if operationsOfSave > 0 { operationsOfSave += 1 } }
    if operations == lastsUntil || operationsOfSave > 0 && operationsOfSave == savesUntil {
      isDead = true
      trace?.add("disk \(operations): dies before it can \(operation)")
      throw SystemError(action: "use a dead process's", path: "disk", code: EBADF)
    }
    if let failure, failure.hits(operation, operations) {
      trace?.add("disk \(operations): \(operation): \(failure.kind)")
      failing()
      throw SystemError(action: "do", path: "\(operation)", code: failure.kind.code)
    }
    let isPerformed = alter(operation, disk)
    trace?.add("disk \(operations): \(operation)\(isPerformed ? "" : " (left out on purpose)")")
    return isPerformed
  }
}

/// An operation that fails.
package struct DiskFailure: Equatable, Sendable {
  package enum Kind: Sendable {
    case inputOutput, noSpace

    var code: Int32 { self == .noSpace ? ENOSPC : EIO }
  }

  package var kind: Kind
  /// The first operation that may fail, counted from 1.
  package var from: Int
  /// Whether all later ones fail as well.
  package var isLasting: Bool

  package init(_ kind: Kind, from: Int, isLasting: Bool) {
    self.kind = kind
    self.from = from
    self.isLasting = isLasting
  }

  func hits(_ operation: DiskOperation, _ number: Int) -> Bool {
    guard isLasting ? number >= from : number == from else { return false }
    return kind == .inputOutput || operation.needsSpace
  }
}

/// An open file on the virtual disk.
final class VirtualFile: DiskFile, @unchecked Sendable {
  let path: String
  private let node: VirtualDisk.Node
  private let process: ProcessDisk
  private var isLocked = false

  init(_ path: String, _ node: VirtualDisk.Node, _ process: ProcessDisk) {
    self.path = path
    self.node = node
    self.process = process
    node.descriptors += 1
  }

  deinit {
    node.descriptors -= 1
    if isLocked, node.holder === process { node.holder = nil }
  }

  func lock() throws(SystemError) -> Bool {
    _ = try process.begin(.examine(path))
    if let holder = node.holder, holder !== process, !holder.isDead { return false }
    node.holder = process
    isLocked = true
    return true
  }

  func truncate(to bytes: Int) throws(SystemError) {
    if try process.begin(.write(path, [])), bytes == 0 { process.disk.empty(node) }
  }

  func status() throws(SystemError) -> FileStatus {
    _ = try process.begin(.examine(path))
    guard process.hidesIdentity else {
      return process.status(of: node)
    }
    let bytes = process.firstBytes[path] ?? node.content.count
    process.firstBytes[path] = bytes
    return FileStatus(simulated: 0, bytes: bytes)
  }

  func source(bytes: Int) -> ByteSource {
    var position = 0
    return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      do throws(SystemError) {
        _ = try self.process.begin(.read(self.path))
      } catch {
        throw ReadFailure(message: error.reason)
      }
      let content = self.node.content
      let start = min(position, content.count)
      position = min(start + min(1024, bytes - position), content.count)
      chunk = Array(content[start..<max(start, position)])
    }
  }

  func end(bytes: Int) throws(SystemError) -> [UInt8] {
    _ = try process.begin(.read(path))
    return Array(node.content.suffix(bytes))
  }

  func write(_ bytes: [UInt8]) throws(SystemError) {
    let disk = process.disk
    let isPerformed = try process.begin(.write(path, bytes)) {
      // The part that fit on the disk.
      disk.append(bytes.prefix(bytes.count / 2), to: self.node)
    }
    guard isPerformed else { return }
    // Another process may see the beginning of a write.
    disk.append(bytes.prefix(bytes.count / 2), to: node)
    process.before()
    disk.append(bytes.dropFirst(bytes.count / 2), to: node, isRest: true)
  }

  func syncData() throws(SystemError) { try sync() }

  func sync() throws(SystemError) {
    let isPerformed = try process.begin(.sync(path)) { self.process.disk.failSync(self.node) }
    if isPerformed { process.disk.sync(node) }
  }

  func adopt(_ status: FileStatus) {}
}
