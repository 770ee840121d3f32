/// Beginnings of ids, sorted, so that all that an id begins with are found by one bisection.
///
/// Each is linked to the longest other one that it begins with. Whatever an id begins with, the
/// greatest beginning that does not stand after the id begins with it too: so all of them are met on
/// the way along the links from there.
struct PrefixTable {
  /// Each once, sorted.
  let keys: [UserID]
  /// For each key the index of the longest other one that it begins with, or -1.
  private let parents: [Int32]
  private let filter: PrefixFilter

  init(_ keys: Set<UserID>) {
    let sorted = keys.sorted()
    var parents: [Int32] = []
    for (index, key) in sorted.enumerated() {
      // As with an id: the candidates are the key before and what that begins with.
      var parent = Int32(index) - 1
      while parent >= 0, !key.hasPrefix(sorted[Int(parent)]) { parent = parents[Int(parent)] }
      parents.append(parent)
    }
    self.keys = sorted
    self.parents = parents
    filter = PrefixFilter(sorted)
  }

  /// The index of the longest key that an id begins with, or nil.
  func longest(of id: UserID, _ steps: inout Int) -> Int? {
    if keys.isEmpty || !filter.mayHold(id, &steps) { return nil }
    var candidate: Int? = lastIndex(notAfter: id, &steps)
    while let index = candidate, !id.hasPrefix(keys[index]) {
      candidate = parent(of: index, &steps)
    }
    return candidate
  }

  /// The index of the longest key that another key begins with, or nil.
  func parent(of index: Int, _ steps: inout Int) -> Int? {
    steps += 1
    let parent = Int(parents[index])
    return parent >= 0 ? parent : nil
  }

  private func lastIndex(notAfter id: UserID, _ steps: inout Int) -> Int? {
    var range = 0..<keys.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      steps += 1
      range =
        id < keys[middle] ? range.lowerBound..<middle : (middle + 1)..<range.upperBound
    }
    return range.lowerBound > 0 ? range.lowerBound - 1 : nil
  }
}

extension UserID {
  /// Whether the id begins with all bytes of another.
  func hasPrefix(_ prefix: UserID) -> Bool { commonBytes(prefix) >= prefix.count }

  /// Whether the id begins with some bytes; every id does with none.
  func hasPrefix(_ prefix: ArraySlice<UInt8>) -> Bool {
    prefix.isEmpty || UserID(Array(prefix)).map(hasPrefix) ?? false
  }
}
