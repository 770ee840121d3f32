/// Which entries of `guards.protected` match some known user.
///
/// Records of a state come by the million and sorted, so an entry that is an id, or a prefix and a
/// star, is checked only once: at the first record not before it.
struct ProtectedCoverage {
  /// The numbers of the entries without a match so far; only the first of equal ones.
  private(set) var unmet: Set<UInt16>

  /// Ids and prefixes, sorted, and how far the records have advanced.
  private var sought: [(key: UserID, isBeginning: Bool, number: UInt16)] = []
  private var next = 0
  /// The other globs.
  private let others: GlobIndex
  private var openOthers: Int

  init(_ patterns: [ProtectedPattern]) {
    let star = UInt8(ascii: "*")
    let index = PatternIndex(patterns.map(\.text))
    sought = index.exact.map { ($0.id, false, $0.number) }
    var others: [GlobIndex.Source] = []
    for glob in index.globs.sources {
      let beginning = glob.pattern.dropLast()
      if !beginning.contains(star), let key = UserID(Array(beginning)) {
        sought.append((key, true, glob.number))
      } else {
        others.append(glob)
      }
    }
    sought.sort { $0.key < $1.key }
    unmet = Set(sought.map(\.number) + others.map(\.number))
    self.others = GlobIndex(others)
    openOthers = others.count
  }

  /// Takes the next id of a state; the ids must come sorted.
  mutating func meet(next id: UserID) {
    var steps = 0
    meet(next: id, &steps)
  }

  /// As above; counts comparisons.
  mutating func meet(next id: UserID, _ steps: inout Int) {
    while next < sought.count {
      steps += 1
      let (key, isBeginning, number) = sought[next]
      if id < key { break }
      if isBeginning ? id.hasPrefix(key) : id == key { unmet.remove(number) }
      next += 1
    }
    guard openOthers > 0 else { return }
    var met: [UInt16] = []
    others.forEachMatch(of: id, &steps) { met.append($0) }
    for number in met where unmet.remove(number) != nil { openOthers -= 1 }
  }
}
