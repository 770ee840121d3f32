package import PruneEngine
internal import TestSupport

/// A disk in memory that keeps only what POSIX guarantees.
///
/// A file's content is durable after a sync of the file, a name after a sync of the folder. A power
/// cut keeps, loses or tears each later write and name change: the seed decides. What a failed sync
/// covered never becomes durable.
///
/// Not for two threads at once: `SnapshotReader` alternates with the run.
package final class VirtualDisk: @unchecked Sendable {
  final class Node {
    let inode: UInt64
    /// What processes see.
    var content: [UInt8] = []
    var durable: [UInt8] = []
    /// Changes since the last sync.
    var pending: [Change] = []
    /// How many descriptors are open; the inode number is reused only when there are none.
    var descriptors = 0
    /// Grows with each change of the content, like a modification time.
    var modified: Int64 = 0
    /// The process that holds the lock.
    weak var holder: ProcessDisk?

    init(_ inode: UInt64) {
      self.inode = inode
    }
  }

  struct Change {
    /// Where the bytes go; nil truncates the file.
    var write: (offset: Int, bytes: [UInt8])?
    /// Whether a sync of it has failed, so that no later sync makes it durable.
    var isLost = false
  }

  /// The names that one call changed, each with its node or nil.
  private typealias NameChange = [(name: String, node: Node?)]

  private var names: [String: Node] = [:]
  private var durableNames: [String: Node] = [:]
  private var pendingNames: [NameChange] = []
  private var nodes: [Node] = []
  private var random: SplitMix64

  package init(seed: UInt64) {
    random = SplitMix64(seed: seed)
  }

  /// Files that are mount points, so that nothing can replace them.
  var mounted: Set<String> = []

  // MARK: - Operations

  func links(_ node: Node) -> Int { names.values.count { $0 === node } }

  /// The names of files that begin like this.
  func names(beginning: String) -> [String] { names.keys.filter { $0.hasPrefix(beginning) } }

  func node(_ name: String) -> Node? { names[name] }

  /// The bytes of a file as processes see them; empty if there is none.
  package func bytes(_ name: String) -> [UInt8] { names[name]?.content ?? [] }

  func make(_ name: String) -> Node {
    // The lowest free number, as file systems do.
    nodes.removeAll { node in
      node.descriptors == 0 && !names.values.contains { $0 === node }
    }
    var inode: UInt64 = 1
    while nodes.contains(where: { $0.inode == inode }) { inode += 1 }
    let node = Node(inode)
    nodes.append(node)
    change([(name, node)])
    return node
  }

  func empty(_ node: Node) {
    node.content = []
    node.modified += 1
    node.pending.append(Change(write: nil))
  }

  /// Appends to a file; `isRest` says that it continues the previous write.
  func append(_ bytes: some Collection<UInt8>, to node: Node, isRest: Bool = false) {
    if isRest, let last = node.pending.last, let (offset, begun) = last.write, !last.isLost {
      node.pending[node.pending.count - 1].write = (offset, begun + bytes)
    } else {
      node.pending.append(Change(write: (node.content.count, Array(bytes))))
    }
    node.content.append(contentsOf: bytes)
    node.modified += 1
  }

  func sync(_ node: Node) {
    for change in node.pending where !change.isLost { Self.redo(change, on: &node.durable) }
    node.pending.removeAll { !$0.isLost }
  }

  /// A failed sync: some of its changes may be lost for processes too.
  func failSync(_ node: Node) {
    for index in node.pending.indices { node.pending[index].isLost = true }
    if random.oneIn(2) { outlive(node) }
  }

  func rename(_ name: String, to target: String) {
    guard let node = names[name] else { return }
    change([(target, node), (name, nil)])
  }

  func remove(_ name: String) { change([(name, nil)]) }

  func syncNames() {
    durableNames = names
    pendingNames = []
  }

  private func change(_ change: NameChange) {
    for (name, node) in change { names[name] = node }
    pendingNames.append(change)
  }

  private static func redo(_ change: Change, on bytes: inout [UInt8]) {
    guard let (offset, new) = change.write else {
      bytes = []
      return
    }
    // A write that survived, though an earlier one did not, leaves a hole.
    while bytes.count < offset { bytes.append(0) }
    bytes.replaceSubrange(offset..<min(bytes.count, offset + new.count), with: new)
  }

  // MARK: - Power

  /// The power fails: changes that were not synced are kept, lost or torn.
  ///
  /// `keepsNewest` is the worst case for names: the last change is kept, all earlier ones are lost.
  package func cutPower(keepsNewest: Bool = false) {
    for (index, change) in pendingNames.enumerated() {
      let isNewest = index == pendingNames.count - 1
      switch keepsNewest ? (isNewest ? 0 : 4) : random.below(5) {
      case 0, 1: for (name, node) in change { durableNames[name] = node }
      // Both names of a renamed file.
      case 2: if let (name, node) = change.first, change.count > 1 { durableNames[name] = node }
      default: break
      }
    }
    pendingNames = []
    names = durableNames
    for node in nodes { outlive(node) }
  }

  /// Keeps a file's durable content and any part of the rest.
  private func outlive(_ node: Node) {
    for var change in node.pending {
      if let (offset, bytes) = change.write {
        switch random.below(4) {
        case 0: break
        case 1: continue
        case 2: change.write = (offset, Array(bytes.prefix(random.below(bytes.count + 1))))
        default:
          // The length was kept, but only the beginning of the content.
          let kept = random.below(bytes.count + 1)
          change.write = (
            offset, bytes.prefix(kept) + Array(repeating: 0, count: bytes.count - kept)
          )
        }
      } else if random.oneIn(2) {
        continue
      }
      Self.redo(change, on: &node.durable)
    }
    node.pending = []
    node.content = node.durable
  }
}

/// A disk operation of a process.
package enum DiskOperation: CustomStringConvertible {
  case open(String, File.Purpose)
  case examine(String)
  case read(String)
  case write(String, [UInt8])
  case sync(String)
  case rename(String, String)
  case remove(String)
  case syncFolder

  /// Whether a full disk refuses it.
  var needsSpace: Bool {
    switch self {
    case .write, .open(_, .creating): true
    default: false
    }
  }

  /// Whether it is the first operation of saving a state. A run also removes a leftover draft, long
  /// before it saves.
  var beginsSave: Bool {
    if case .open(let name, .creating) = self { name.hasSuffix(".state.tmp") } else { false }
  }

  package var description: String {
    switch self {
    case .open(let name, .reading): "open \(name)"
    case .open(let name, let purpose): "open \(name) for \(purpose)"
    case .examine(let name): "examine \(name)"
    case .read(let name): "read \(name)"
    case .write(let name, let bytes): "write \(bytes.count) bytes to \(name)"
    case .sync(let name): "sync \(name)"
    case .rename(let name, let target): "rename \(name) to \(target)"
    case .remove(let name): "remove \(name)"
    case .syncFolder: "sync the folder"
    }
  }
}
