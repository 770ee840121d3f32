/// Globs by what stands before their first star and after their last one: an id is compared only with
/// those whose beginning and end it has.
///
/// A glob with text between two stars must still be matched as a whole; `crowded` keeps the number of
/// those that an id can meet small.
struct GlobIndex {
  /// At most so many globs with an inner part may begin alike; and so many of those that begin with a
  /// star may end alike.
  static let innerLimit = GlobBank.lanes

  /// A glob as it is given: its bytes, and the number that a match is told by.
  struct Source {
    let number: UInt16
    let pattern: [UInt8]
  }

  /// Globs of one beginning.
  private struct Group {
    /// Bytes of the beginning.
    var length = 0
    /// The ends of those that have one, read backwards.
    var ends = PrefixTable([])
    /// The globs of each end.
    var ending: [Members] = []
    /// Globs that end with a star.
    var endless = Members([])
  }

  /// Globs of one beginning and end.
  private struct Members {
    /// The one without an inner part, which every id fits that comes here.
    let plain: UInt16?
    /// The others, but for those beyond the limit: a manifest that has them is refused.
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
  /// Globs that begin with a star; then those of each beginning.
  private let groups: [Group]
  private let hasEnds: Bool
  /// The number of a glob with an inner part that is one too many, or nil.
  private(set) var crowded: UInt16?

  /// Each pattern must be there once, with one star at least and no two in a row.
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

  /// Calls `body` with the number of each glob that an id fits.
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

  /// The lowest number of a glob that an id fits, or nil.
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
      // Beginning and end must not overlap.
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

  /// A glob cut at its first and last star.
  private struct Shape {
    let source: Source
    let beginning: UserID?
    /// Read backwards.
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

  /// Whatever beginnings an id has, they lie on one way along the links; so do its ends.
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
