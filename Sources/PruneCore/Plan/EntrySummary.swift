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

    mutating func add(_ other: Draft) {
      tally += other.tally
      first = min(first, other.first)
      last = max(last, other.last)
    }
  }

  /// The summary of a plan, in one pass over its users; memory depends on the groups of the manifest.
  package init(_ plan: Plan) {
    let (manifest, groups) = (plan.manifest, plan.manifest.entries.groups)
    let drafts = Self.rows(of: Self.groups(of: plan), groups)
    isCompared = plan.base != nil
    show(drafts, { groups[UInt32($0.index)].operation }) { draft in
      let group = groups[UInt32(draft.index)]
      return Row(
        operation: group.operation, tally: draft.tally, file: manifest.files[Int(group.file)],
        isList: group.file > 0, column: manifest.columns[group.file],
        lines: draft.first...draft.last, reason: groups.reason(of: UInt32(draft.index)))
    }
  }

  /// The users of each group.
  private static func groups(of plan: Plan) -> [Draft] {
    let entries = plan.manifest.entries
    var drafts = entries.groups.list.indices.map { Draft(index: $0) }
    for item in plan.items {
      let entry = entries.list[Int(item.entry)]
      let group = Int(entry.group)
      drafts[group].add(line: entry.line)
      if item.block != nil {
        drafts[group].tally.blocked += 1
      } else {
        drafts[group].tally.users += 1
        if item.cause == .unknown { drafts[group].tally.unknown += 1 }
        if item.isChange { drafts[group].tally.change += 1 }
      }
    }
    return drafts
  }

  /// Joins groups with the same operation, file and reason.
  private static func rows(of drafts: [Draft], _ groups: EntryGroups) -> [Draft] {
    var rows: [Draft] = []
    var known: [EntryGroups.Shared: Int] = [:]
    var row = 0
    var last: Int?
    for draft in drafts where draft.tally.all > 0 {
      // The groups of one entry follow each other.
      let isSameRow = last.map { groups.surelyShare($0, draft.index) } ?? false
      if !isSameRow {
        let shared = groups.shared(by: draft.index)
        row = known[shared, default: rows.count]
        known[shared] = row
      }
      if row == rows.count { rows.append(draft) } else { rows[row].add(draft) }
      last = draft.index
    }
    return rows
  }

  /// The summary of a saved plan, made from the users that it approves and nothing else that is in
  /// the file. Rows are in the order of the files and lines.
  package init(_ plan: SavedPlan) {
    struct Key: Hashable {
      let operation: Operation
      let file: String
      let reason: String?
    }
    var drafts: [Draft] = []
    var known: [Key: Int] = [:]
    var row = 0
    var last: Key?
    for (index, item) in plan.items.enumerated() {
      let key = Key(operation: item.operation, file: item.file, reason: item.reason)
      if key != last {
        row = known[key, default: drafts.count]
        known[key] = row
        last = key
      }
      if row == drafts.count { drafts.append(Draft(index: index)) }
      drafts[row].tally.users += 1
      drafts[row].add(line: item.line)
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
