/// Finds the ids of a sorted list that are one edit from another: one byte inserted, deleted or
/// changed, or two neighbors swapped.
///
/// It walks the list like a tree, with one level per byte: it tries only bytes with which an id of
/// the list continues. It keeps the levels, so that a shared prefix costs only once when ids come
/// sorted.
struct OneEdit {
  /// Ids with a shared prefix.
  private struct Level {
    let range: Range<Int>
    /// The next bytes, and the ids that have them.
    var branches: [(byte: UInt8, range: Range<Int>)]
  }

  private let list: [Entries.Entry]
  /// For each prefix of `last` that ids of the list begin with.
  private var levels: [Level] = []
  private var last: UserID?

  init(_ list: [Entries.Entry]) {
    self.list = list
  }

  /// The indices of an id's neighbors; counts comparisons.
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

  /// Sets the levels to those of an id; keeps the shared prefix with the last one.
  private mutating func descend(_ id: UserID, _ steps: inout Int) {
    let common = last.map { min(id.commonBytes($0), id.count, $0.count) } ?? -1
    last = id
    if levels.count > common + 1 { levels.removeSubrange((common + 1)...) }
    if levels.isEmpty { levels.append(level(0..<list.count, 0, &steps)) }
    while levels.count <= id.count, let deepest = levels.last {
      // Truncated before: no id of the list begins with the bytes so far.
      let depth = levels.count - 1
      guard let branch = deepest.branches.first(where: { $0.byte == id[depth] }) else { return }
      steps += deepest.branches.count
      levels.append(level(branch.range, depth + 1, &steps))
    }
  }

  private func level(_ range: Range<Int>, _ depth: Int, _ steps: inout Int) -> Level {
    var branches: [(byte: UInt8, range: Range<Int>)] = []
    var start = range.lowerBound
    // The id that ends here comes first.
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
