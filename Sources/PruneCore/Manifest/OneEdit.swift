/// Finds the ids of a sorted list that are one edit from another: one byte put in, taken out or
/// changed, or two neighbors swapped.
///
/// The list is walked like a tree, a level for each byte: of the bytes that could be put in only those
/// are tried with which an id of the list goes on, and among the ids that go on so. What is known of
/// the levels is kept, so that ids that begin alike are sought at the cost of one when they come
/// sorted.
struct OneEdit {
  /// Ids that have their first bytes in common.
  private struct Level {
    let range: Range<Int>
    /// How they go on, and which of them do so.
    var branches: [(byte: UInt8, range: Range<Int>)]
  }

  private let list: [Entries.Entry]
  /// For each number of bytes of `last`, as far as ids of the list begin with them.
  private var levels: [Level] = []
  private var last: UserID?

  init(_ list: [Entries.Entry]) {
    self.list = list
  }

  /// The indices of the neighbors of an id; comparisons are counted.
  mutating func neighbors(of id: UserID, _ steps: inout Int) -> Set<Int> {
    descend(id, &steps)
    var found: Set<Int> = []
    for (index, level) in levels.enumerated() {
      func seek(_ edited: UserID?, _ range: Range<Int>) {
        if let edited, let place = place(of: edited, in: range, &steps) { found.insert(place) }
      }
      if index < id.count { seek(id.removing(at: index), level.range) }
      if index + 1 < id.count, id[index] != id[index + 1] {
        let swapped = id.replacing(at: index, with: id[index + 1])
          .replacing(at: index + 1, with: id[index])
        seek(swapped, level.range)
      }
      for (byte, range) in level.branches {
        seek(id.inserting(byte, at: index), range)
        if index < id.count, byte != id[index] {
          seek(id.replacing(at: index, with: byte), range)
        }
      }
    }
    return found
  }

  /// Makes the levels those of an id; what it has in common with the last one stays.
  private mutating func descend(_ id: UserID, _ steps: inout Int) {
    let common = last.map { min(id.commonBytes($0), id.count, $0.count) } ?? -1
    last = id
    if levels.count > common + 1 { levels.removeSubrange((common + 1)...) }
    if levels.isEmpty { levels.append(level(0..<list.count, 0, &steps)) }
    while levels.count <= id.count, let deepest = levels.last {
      // Cut short before: no id of the list begins with the bytes so far.
      let depth = levels.count - 1
      guard let branch = deepest.branches.first(where: { $0.byte == id[depth] }) else { return }
      steps += deepest.branches.count
      levels.append(level(branch.range, depth + 1, &steps))
    }
  }

  private func level(_ range: Range<Int>, _ depth: Int, _ steps: inout Int) -> Level {
    var branches: [(byte: UInt8, range: Range<Int>)] = []
    var start = range.lowerBound
    // The id that ends here stands first.
    if start < range.upperBound, list[start].id.count == depth { start += 1 }
    while start < range.upperBound {
      let byte = list[start].id[depth]
      var jump = 1
      while start + jump < range.upperBound, list[start + jump].id[depth] == byte {
        jump *= 2
        steps += 1
      }
      var (known, limit) = (start + jump / 2, min(start + jump, range.upperBound))
      while known + 1 < limit {
        let middle = known + (limit - known) / 2
        if list[middle].id[depth] == byte { known = middle } else { limit = middle }
        steps += 1
      }
      branches.append((byte, start..<limit))
      start = limit
    }
    return Level(range: range, branches: branches)
  }

  private func place(of id: UserID, in range: Range<Int>, _ steps: inout Int) -> Int? {
    var rest = range
    while !rest.isEmpty {
      let middle = rest.lowerBound + rest.count / 2
      steps += 1
      if list[middle].id == id { return middle }
      rest =
        list[middle].id < id ? (middle + 1)..<rest.upperBound : rest.lowerBound..<middle
    }
    return nil
  }
}
