/// What a plan does, by entry of the manifest: reviewers approve entries, not ten thousand users.
///
/// A row stands for the users of one operation, one file and one reason. So each list that the
/// manifest names is a row, and the users that the manifest lists itself are a row per operation and
/// reason: ten thousand entries with one id and the same reason each are one row. Only rows with
/// users in the plan count.
///
/// Up to `limit` rows are all there, in the order of the manifest. Of more, only those with the most
/// users are there, the largest first; with a base, those with the most users of this change come
/// before. The rest is counted.
package struct EntrySummary: Equatable, Sendable {
  /// How many rows to show at most.
  package static let limit = 20
  /// A plan of no more users than this needs no summary: people read its lines.
  package static let fewUsers = 10

  /// How many users there are, in one row or several.
  package struct Tally: Equatable, Sendable {
    /// Users that may be changed, unknown ones included, as in the token.
    package fileprivate(set) var users = 0
    /// Those of them with an unknown outcome.
    package fileprivate(set) var unknown = 0
    /// Those of them that belong to the change under review.
    package fileprivate(set) var change = 0
    /// Users that a guard protects.
    package fileprivate(set) var blocked = 0

    fileprivate var all: Int { users + blocked }

    fileprivate static func += (sum: inout Tally, more: Tally) {
      sum.users += more.users
      sum.unknown += more.unknown
      sum.change += more.change
      sum.blocked += more.blocked
    }
  }

  package struct Row: Equatable, Sendable {
    package let operation: Operation
    package let tally: Tally
    /// The manifest or the list, as shown to people.
    package let file: String
    package let isList: Bool
    /// The column of a CSV list; nil also if the plan was saved, which does not say.
    package let column: CSVColumn?
    /// The lines of its first and its last user in the file.
    package let lines: ClosedRange<UInt32>
    package let reason: String?

    /// The list with its column, or `file:line` or `file:first-last` in the manifest.
    package var place: String {
      switch (isList, column) {
      case (true, .name(let name)): "\(file), column \(name)"
      case (true, .number(let number)): "\(file), column \(number)"
      case (true, nil): file
      case (false, _):
        lines.count == 1
          ? "\(file):\(lines.lowerBound)"
          : "\(file):\(lines.lowerBound)-\(lines.upperBound)"
      }
    }
  }

  /// The rows that are not shown.
  package struct Rest: Equatable, Sendable {
    package fileprivate(set) var rows = 0
    package fileprivate(set) var removals = Tally()
    package fileprivate(set) var clears = Tally()

    fileprivate mutating func add(_ operation: Operation, _ tally: Tally) {
      rows += 1
      if operation == .removeAccount { removals += tally } else { clears += tally }
    }
  }

  package private(set) var rows: [Row] = []
  package private(set) var rest = Rest()
  /// Whether it is known which users belong to the change under review.
  package let isCompared: Bool

  /// How many rows there are, shown or not.
  package var count: Int { rows.count + rest.rows }

  /// Whether it says more than the users themselves: there are more than a few, and not each of them
  /// has a row of its own.
  package var isWorthShowing: Bool {
    let users =
      rows.reduce(rest.removals.all + rest.clears.all) { $0 + $1.tally.all }
    return users > Self.fewUsers && users > count
  }

  /// The summary with only the first rows shown.
  package func showing(atMost limit: Int) -> EntrySummary {
    var summary = self
    for row in rows.dropFirst(limit) { summary.rest.add(row.operation, row.tally) }
    summary.rows = Array(rows.prefix(limit))
    return summary
  }

  // MARK: - Making

  /// A row in the making.
  fileprivate struct Draft {
    /// Whose operation, file and reason it has: an index of a group or of an item.
    var index: Int
    var tally = Tally()
    var first = UInt32.max
    var last: UInt32 = 0

    mutating func add(line: UInt32) {
      first = min(first, line)
      last = max(last, line)
    }

    mutating func add(_ item: Plan.Item, line: UInt32) {
      add(line: line)
      if item.block != nil { return tally.blocked += 1 }
      tally.users += 1
      if item.cause == .unknown { tally.unknown += 1 }
      if item.isChange { tally.change += 1 }
    }

    mutating func add(_ other: Draft) {
      tally += other.tally
      first = min(first, other.first)
      last = max(last, other.last)
    }
  }

  /// The summary of a plan, in one pass over its users; memory depends on the groups of the manifest.
  package init(_ plan: Plan) {
    let (manifest, entries) = (plan.manifest, plan.manifest.entries)
    let groups = entries.groups
    // The groups of one entry follow each other; one draft for them all.
    var drafts: [Draft] = []
    let places = groups.list.indices.map { index in
      let isNext = index > 0 && groups.surelyShare(index - 1, index)
      if !isNext { drafts.append(Draft(index: index)) }
      return UInt32(drafts.count - 1)
    }
    for item in plan.items {
      let entry = entries.list[Int(item.entry)]
      drafts[Int(places[Int(entry.group)])].add(item, line: entry.line)
    }
    Self.join(&drafts, groups)
    isCompared = plan.base != nil
    show(drafts, { groups[UInt32($0.index)].operation }) { draft in
      let group = groups[UInt32(draft.index)]
      return Row(
        operation: group.operation, tally: draft.tally, file: manifest.files[Int(group.file)],
        isList: group.file > 0, column: manifest.columns[group.file],
        lines: draft.first...draft.last, reason: groups.reason(of: UInt32(draft.index)))
    }
  }

  /// Joins groups with the same operation, file and reason, in place, and drops those without users.
  private static func join(_ drafts: inout [Draft], _ groups: EntryGroups) {
    var table = RowTable()
    // Not over `drafts` itself, which would keep a copy of it.
    for index in drafts.indices where drafts[index].tally.all > 0 {
      let draft = drafts[index]
      let rows = table.rows
      let row = table.row(hash: groups.shareHash(of: draft.index)) {
        groups.share(drafts[$0].index, draft.index)
      }
      if row < rows { drafts[row].add(draft) } else { drafts[row] = draft }
    }
    drafts.removeSubrange(table.rows...)
  }

  /// The summary of a saved plan, made from the users that it approves and nothing else that is in
  /// the file. Rows are in the order of the files and lines.
  package init(_ plan: SavedPlan) {
    var drafts: [Draft] = []
    var table = RowTable()
    var row = 0
    for index in plan.items.indices {
      // Most users follow another one of their entry.
      if index == 0 || !plan.share(index - 1, index) {
        row = table.row(hash: plan.shareHash(of: index)) { plan.share(drafts[$0].index, index) }
      }
      if row == drafts.count { drafts.append(Draft(index: index)) }
      drafts[row].add(line: plan.items[index].line)
      drafts[row].tally.users += 1
    }
    var ranks: [String: Int] = [plan.manifest: 0]
    for file in plan.provenance.files where ranks[file.path] == nil {
      ranks[file.path] = ranks.count
    }
    func order(_ draft: Draft) -> (Int, UInt32, Int) {
      (ranks[plan.items[draft.index].file] ?? .max, draft.first, draft.index)
    }
    isCompared = false
    show(drafts.sorted { order($0) < order($1) }, { plan.items[$0.index].operation }) { draft in
      let item = plan.items[draft.index]
      return Row(
        operation: item.operation, tally: draft.tally, file: item.file,
        isList: item.file != plan.manifest, column: nil, lines: draft.first...draft.last,
        reason: item.reason)
    }
  }

  /// Fills in the rows to show, and counts the others.
  private mutating func show(
    _ drafts: [Draft], _ operation: (Draft) -> Operation, _ row: (Draft) -> Row
  ) {
    guard drafts.count > Self.limit else { return rows = drafts.map(row) }
    func isLarger(_ one: Int, _ other: Int) -> Bool {
      (drafts[one].tally.change, drafts[one].tally.all)
        > (drafts[other].tally.change, drafts[other].tally.all)
    }
    // The largest so far, the largest first; of equal ones, the first.
    var shown: [Int] = []
    for index in drafts.indices {
      if shown.count == Self.limit, !isLarger(index, shown[Self.limit - 1]) { continue }
      let place = shown.firstIndex { isLarger(index, $0) } ?? shown.count
      shown.insert(index, at: place)
      if shown.count > Self.limit { shown.removeLast() }
    }
    rows = shown.map { row(drafts[$0]) }
    for (index, draft) in drafts.enumerated() where !shown.contains(index) {
      rest.add(operation(draft), draft.tally)
    }
  }
}

extension SavedPlan {
  /// Whether two items have the same operation, file and reason, byte for byte.
  fileprivate func share(_ one: Int, _ other: Int) -> Bool {
    items[one].operation == items[other].operation
      && items[one].file.utf8.elementsEqual(items[other].file.utf8)
      && (items[one].reason == nil) == (items[other].reason == nil)
      && (items[one].reason ?? "").utf8.elementsEqual((items[other].reason ?? "").utf8)
  }

  /// The same for items that share all this.
  fileprivate func shareHash(of index: Int) -> Int {
    var hasher = Hasher()
    hasher.combine(items[index].operation)
    hasher.combine(items[index].file)
    hasher.combine(items[index].reason)
    return hasher.finalize()
  }
}
