/// Prefixes of ids, sorted, so that one bisection finds all prefixes of an id.
///
/// Each is linked to its own longest prefix in the table. The greatest prefix not after the id
/// begins with every prefix of the id, so the links from there pass all of them.
struct PrefixTable {
  /// Sorted and unique.
  let keys: [UserID]
  /// For each key the index of its longest prefix in the table, or -1.
  private let parents: [Int32]
  private let filter: PrefixFilter

  init(_ keys: Set<UserID>) {
    let sorted = keys.sorted()
    var parents: [Int32] = []
    for (index, key) in sorted.enumerated() {
      // As for an id: the candidates are the previous key and its prefixes.
      var parent = Int32(index) - 1
      while parent >= 0, !key.hasPrefix(sorted[Int(parent)]) { parent = parents[Int(parent)] }
      parents.append(parent)
    }
    self.keys = sorted
    self.parents = parents
    filter = PrefixFilter(sorted)
  }

  /// The index of the longest key that is a prefix of an id, or nil.
  func longest(of id: UserID, _ steps: inout Int) -> Int? {
    if keys.isEmpty || !filter.mayHold(id, &steps) { return nil }
    var candidate: Int? = lastIndex(notAfter: id, &steps)
    while let index = candidate, !id.hasPrefix(keys[index]) {
      candidate = parent(of: index, &steps)
    }
    return candidate
  }

  /// The index of the longest key that is a prefix of another key, or nil.
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

  /// Whether the id begins with some bytes; the empty prefix always matches.
  func hasPrefix(_ prefix: ArraySlice<UInt8>) -> Bool {
    prefix.isEmpty || UserID(Array(prefix)).map(hasPrefix) ?? false
  }
}
