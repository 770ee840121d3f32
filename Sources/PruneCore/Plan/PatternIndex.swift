internal import Bytes

/// Ids and globs of ids, indexed for comparison with millions of ids: each costs a bisection or
/// two, however many patterns there are.
struct PatternIndex {
  /// Ids without `*`, sorted, with their numbers.
  let exact: [(id: UserID, number: UInt16)]
  private let filter: PrefixFilter
  let globs: GlobIndex
  let isEmpty: Bool

  /// Numbers the patterns in order; of equal ones the first counts.
  init(_ patterns: [String]) {
    let star = UInt8(ascii: "*")
    var seen: Set<[UInt8]> = []
    var exact: [(id: UserID, number: UInt16)] = []
    var globs: [GlobIndex.Source] = []
    for (index, pattern) in patterns.enumerated() {
      // The reader accepts only as many as fit.
      let number = UInt16(clamping: index)
      var bytes: [UInt8] = []
      for byte in pattern.utf8 where byte != star || bytes.last != star { bytes.append(byte) }
      guard seen.insert(bytes).inserted else { continue }
      if bytes.contains(star) {
        globs.append(GlobIndex.Source(number: number, pattern: bytes))
      } else if let id = UserID(bytes) {
        exact.append((id, number))
      }
    }
    self.exact = exact.sorted { $0.id < $1.id }
    filter = PrefixFilter(exact.map(\.id))
    self.globs = GlobIndex(globs)
    isEmpty = exact.isEmpty && globs.isEmpty
  }

  /// The number of the first glob beyond the limit; see `GlobIndex.innerLimit`.
  var crowded: UInt16? { globs.crowded }

  /// The number of the pattern that matches an id: the id itself, or else the first glob.
  func firstMatch(of id: UserID, _ steps: inout Int) -> UInt16? {
    isEmpty ? nil : exactNumber(of: id, &steps) ?? globs.firstMatch(of: id, &steps)
  }

  /// Calls `body` with the number of each pattern that matches an id.
  func forEachMatch(of id: UserID, _ body: (UInt16) -> Void) {
    var steps = 0
    forEachMatch(of: id, &steps, body)
  }

  /// As above; counts comparisons.
  func forEachMatch(of id: UserID, _ steps: inout Int, _ body: (UInt16) -> Void) {
    if let number = exactNumber(of: id, &steps) { body(number) }
    globs.forEachMatch(of: id, &steps, body)
  }

  private func exactNumber(of id: UserID, _ steps: inout Int) -> UInt16? {
    if exact.isEmpty || !filter.mayHold(id, &steps) { return nil }
    let index = exact.firstIndex(notBefore: {
      steps += 1
      return $0.id < id
    })
    return index < exact.count && exact[index].id == id ? exact[index].number : nil
  }
}
