internal import Bytes

/// What entries share: operation, revision, reason, file.
package struct EntryGroups: Equatable, Sendable {
  /// The shared part of consecutive entries of a file.
  package struct Group: Equatable, Sendable {
    package var operation: Operation
    package var revision: Revision
    package var file: UInt16
    /// Column of the ids, counted from 1.
    package var column: UInt32
    /// The range of the reason in `reasons`; empty if there is none.
    fileprivate var reason: Range<UInt32>
  }

  package private(set) var list: [Group] = []
  /// All reasons, concatenated.
  private var reasons: [UInt8] = []

  package subscript(index: UInt32) -> Group { list[Int(index)] }

  /// The reason of a group's entries, or nil.
  package func reason(of index: UInt32) -> String? {
    let reason = text(of: list[Int(index)])
    return reason.isEmpty ? nil : String(decoding: reason, as: UTF8.self)
  }

  /// Whether a group has this reason; called for each entry of a manifest.
  private func says(_ reason: [UInt8], _ group: Group) -> Bool {
    let start = Int(group.reason.lowerBound)
    guard group.reason.count == reason.count else { return false }
    for index in reason.indices where reasons[start + index] != reason[index] { return false }
    return true
  }

  /// Whether two groups have the same operation, file and reason.
  func share(_ one: Int, _ other: Int) -> Bool {
    let (one, other) = (list[one], list[other])
    return one.operation == other.operation && one.file == other.file
      && text(of: one).elementsEqual(text(of: other))
  }

  /// Whether this is certain without reading the reasons, as for the groups of one entry; false says
  /// nothing.
  func surelyShare(_ one: Int, _ other: Int) -> Bool {
    list[one].operation == list[other].operation && list[one].file == list[other].file
      && list[one].reason == list[other].reason
  }

  /// The same for groups that share operation, file and reason; seeded, since reasons are from
  /// outside.
  func shareHash(of index: Int) -> Int {
    let group = list[index]
    var hasher = Hasher()
    hasher.combine(UInt32(group.operation.rawValue) << 16 | UInt32(group.file))
    var start = Int(group.reason.lowerBound)
    let end = Int(group.reason.upperBound)
    hasher.combine(end - start)
    while start < end {
      let next = min(start + 8, end)
      hasher.combine(reasons.span.leadingWord(start..<next))
      start = next
    }
    return hasher.finalize()
  }

  private func text(of group: Group) -> ArraySlice<UInt8> {
    reasons[Int(group.reason.lowerBound)..<Int(group.reason.upperBound)]
  }

  /// Starts a group, or continues the last one if it is equal and `mayJoin`.
  mutating func start(
    _ operation: Operation, _ revision: Revision, file: UInt16, column: UInt32, reason: [UInt8],
    mayJoin: Bool = true
  ) {
    var group = Group(
      operation: operation, revision: revision, file: file, column: column, reason: 0..<0)
    if mayJoin, let last = list.last {
      group.reason = last.reason
      if group == last, says(reason, last) { return }
    }
    group.reason = store(reason)
    list.append(group)
  }

  /// Fills in what follows the ids in an entry's mapping: for all groups from `index` on.
  mutating func complete(
    from index: Int, _ operation: Operation, _ revision: Revision, reason: [UInt8]
  ) {
    let range = store(reason)
    for group in index..<list.count {
      list[group].operation = operation
      list[group].revision = revision
      list[group].reason = range
    }
  }

  /// Removes the groups from `index` on.
  mutating func drop(from index: Int) {
    list.removeSubrange(index...)
  }

  private mutating func store(_ reason: [UInt8]) -> Range<UInt32> {
    let start = UInt32(reasons.count)
    reasons.append(contentsOf: reason)
    return start..<UInt32(reasons.count)
  }
}
