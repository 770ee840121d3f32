/// Globs by the text before their first star and after their last one: an id is compared only with
/// globs whose prefix and suffix it has.
///
/// A glob with text between two stars must still be matched as a whole; `crowded` bounds how many
/// of them an id can meet.
struct GlobIndex {
  /// The maximum number of globs with an inner part and a shared prefix, or with a leading star and
  /// a shared suffix.
  static let innerLimit = GlobBank.lanes

  /// A glob: its bytes, and the number of its match.
  struct Source {
    let number: UInt16
    let pattern: [UInt8]
  }

  /// Globs with one prefix.
  private struct Group {
    /// Bytes of the prefix.
    var length = 0
    /// The suffixes of those that have one, in reverse.
    var ends = PrefixTable([])
    /// The globs of each suffix.
    var ending: [Members] = []
    /// Globs that end with a star.
    var endless = Members([])
  }

  /// Globs with one prefix and suffix.
  private struct Members {
    /// The glob without an inner part, which matches every id that gets here.
    let plain: UInt16?
    /// The others, except those beyond the limit: such a manifest is refused.
    let inner: [GlobBank]
    let innerNumbers: [UInt16]

    init(_ shapes: [Shape]) {
      plain = shapes.first { !$0.hasInner }?.source.number
      let inner = shapes.filter(\.hasInner).map(\.source)
      innerNumbers = inner.map(\.number)
      self.inner = inner.isEmpty ? [] : [GlobBank(Array(inner.prefix(GlobIndex.innerLimit)))]
    }
  }

  let sources: [Source]
  private let beginnings: PrefixTable
  /// Globs with a leading star; then those of each prefix.
  private let groups: [Group]
  private let hasEnds: Bool
  /// The number of the first glob with an inner part beyond the limit, or nil.
  private(set) var crowded: UInt16?

  /// Each pattern must occur once, with at least one star and no two in a row.
  init(_ sources: [Source]) {
    self.sources = sources
    let shapes = sources.map(Shape.init)
    let byBeginning = Dictionary(grouping: shapes, by: \.beginning)
    beginnings = PrefixTable(Set(byBeginning.keys.compactMap { $0 }))
    groups =
      [Self.group(byBeginning[nil] ?? [], length: 0)]
      + beginnings.keys.map { Self.group(byBeginning[$0] ?? [], length: $0.count) }
    hasEnds = shapes.contains { $0.end != nil }
    crowded = findCrowded()
  }

  var isEmpty: Bool { sources.isEmpty }

  /// Calls `body` with the number of each glob that matches an id.
  func forEachMatch(of id: UserID, _ steps: inout Int, _ body: (UInt16) -> Void) {
    if isEmpty { return }
    let backwards = hasEnds ? id.reversed : id
    visit(groups[0], id, backwards, &steps, body)
    var next = beginnings.longest(of: id, &steps)
    while let index = next {
      visit(groups[index + 1], id, backwards, &steps, body)
      next = beginnings.parent(of: index, &steps)
    }
  }

  /// The lowest number of a glob that matches an id, or nil.
  func firstMatch(of id: UserID, _ steps: inout Int) -> UInt16? {
    var first: UInt16?
    forEachMatch(of: id, &steps) { first = min(first ?? .max, $0) }
    return first
  }

  private func visit(
    _ group: Group, _ id: UserID, _ backwards: UserID, _ steps: inout Int,
    _ body: (UInt16) -> Void
  ) {
    visit(group.endless, id, &steps, body)
    var next = group.ends.longest(of: backwards, &steps)
    while let index = next {
      // Prefix and suffix must not overlap.
      if group.length + group.ends.keys[index].count <= id.count {
        visit(group.ending[index], id, &steps, body)
      }
      next = group.ends.parent(of: index, &steps)
    }
  }

  private func visit(
    _ members: Members, _ id: UserID, _ steps: inout Int, _ body: (UInt16) -> Void
  ) {
    if let plain = members.plain { body(plain) }
    for index in members.inner.indices {
      members.inner[index].forEachMatch(of: id, &steps, body)
    }
  }

  // MARK: - Building

  /// A glob split at its first and last star.
  private struct Shape {
    let source: Source
    let beginning: UserID?
    /// In reverse.
    let end: UserID?
    let hasInner: Bool

    init(_ source: Source) {
      self.source = source
      let parts = source.pattern.split(
        separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
      beginning = UserID(Array(parts.first ?? []))
      end = UserID(Array((parts.last ?? []).reversed()))
      hasInner = parts.dropFirst().dropLast().contains { !$0.isEmpty }
    }
  }

  private static func group(_ shapes: [Shape], length: Int) -> Group {
    let byEnd = Dictionary(grouping: shapes, by: \.end)
    let ends = PrefixTable(Set(byEnd.keys.compactMap { $0 }))
    return Group(
      length: length, ends: ends, ending: ends.keys.map { Members(byEnd[$0] ?? []) },
      endless: Members(byEnd[nil] ?? []))
  }

  /// All prefixes of an id are on one path along the links, and so are its suffixes.
  private func findCrowded() -> UInt16? {
    func crowded(_ table: PrefixTable, _ own: [[UInt16]], besides common: [UInt16]) -> UInt16? {
      var counts: [Int] = []
      var steps = 0
      for index in own.indices {
        let parent = table.parent(of: index, &steps)
        counts.append(own[index].count + (parent.map { counts[$0] } ?? common.count))
        guard counts[index] > Self.innerLimit else { continue }
        var numbers = common
        var next: Int? = index
        while let place = next {
          numbers += own[place]
          next = table.parent(of: place, &steps)
        }
        return numbers.max()
      }
      return common.count > Self.innerLimit ? common.max() : nil
    }
    let open = groups[0]
    let starting = groups.dropFirst().map { group in
      group.endless.innerNumbers + group.ending.flatMap(\.innerNumbers)
    }
    return crowded(
      open.ends, open.ending.map(\.innerNumbers), besides: open.endless.innerNumbers)
      ?? crowded(beginnings, starting, besides: [])
  }
}
