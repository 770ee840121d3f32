import PruneCore

/// The users of a page, by entry of the manifest: those of one operation, one file and one reason.
///
/// A page has room for some 150,000 users. Urgent ones come first, such as those of the change under
/// review, then removals, then the others; what is not listed is counted.
struct UserSections {
  /// How many entries have a section of their own; the users of the others share one for each
  /// operation, and say where they come from.
  private static let mostSections = 500
  /// More rows of each class than can fit in a page.
  private static let mostRows = 250_000
  /// A section with more users is folded.
  private static let mostUnfolded = 1000
  /// What a page with rows may need; the rest is for what follows them.
  private static let mostBytes = Page.mostBytes - 1_000_000

  /// One user.
  struct Row {
    let id: UserID
    let line: UInt32
    /// The outcome or what is special, and its class of color; empty if nothing is.
    var status = ""
    var color: StaticString = ""
    var note = ""
    var isBlocked = false
    /// Whether a reader must not miss it.
    var isUrgent = false
  }

  /// Compared by bytes: two spellings of a name are two files.
  private struct Key: Hashable {
    let operation: Operation
    let file: [UInt8]
    let reason: [UInt8]?
  }

  private struct Section {
    let operation: Operation
    let file: String
    let reason: String?
    let isShared: Bool
    /// The rows of each class, in the order of the users.
    var rows: [[Row]] = [[], [], []]
    var count = 0
    var blocked = 0
    var firstLine = UInt32.max
    /// How many rows of each class are listed.
    var listed = [0, 0, 0]
  }

  private var sections: [Section] = []
  private var indices: [Key: Int] = [:]
  private var shared: [Operation: Int] = [:]
  /// How many rows of each class are kept.
  private var kept = [0, 0, 0]
  /// The last section and what selected it: most users follow another one of their entry.
  private var last: (group: UInt32, section: Int)?

  /// Adds a user. Users of one `group` have one operation, file and reason; `entry` tells file and
  /// reason.
  mutating func add(
    _ row: Row, _ operation: Operation, group: UInt32?,
    _ entry: () -> (file: String, reason: String?)
  ) {
    let (index, place) = section(operation, group, entry)
    sections[index].count += 1
    if row.isBlocked { sections[index].blocked += 1 }
    sections[index].firstLine = min(sections[index].firstLine, row.line)
    let kind = row.isUrgent ? 0 : operation == .removeAccount ? 1 : 2
    guard kept[kind] < Self.mostRows else { return }
    kept[kind] += 1
    var row = row
    if let place { row.note += (row.note.isEmpty ? "" : "; ") + place }
    sections[index].rows[kind].append(row)
  }

  /// The index of a user's section, and for a shared one where the user comes from.
  private mutating func section(
    _ operation: Operation, _ group: UInt32?, _ entry: () -> (file: String, reason: String?)
  ) -> (index: Int, place: String?) {
    if let group, let last, last.group == group { return (last.section, nil) }
    let (file, reason) = entry()
    let key = Key(
      operation: operation, file: Array(file.utf8), reason: reason.map { Array($0.utf8) })
    if indices[key] == nil {
      guard indices.count < Self.mostSections else {
        return (shared(operation), placeText(file) + (reason.map { ": " + $0 } ?? ""))
      }
      indices[key] = sections.count
      sections.append(Section(operation: operation, file: file, reason: reason, isShared: false))
    }
    let index = indices[key] ?? 0
    if let group { last = (group, index) }
    return (index, nil)
  }

  private mutating func shared(_ operation: Operation) -> Int {
    if let index = shared[operation] { return index }
    shared[operation] = sections.count
    sections.append(Section(operation: operation, file: "", reason: nil, isShared: true))
    return sections.count - 1
  }

  // MARK: - Writing

  /// Writes the filter box and the sections, removals first, in the order of the manifest; `files`
  /// tells that order. `verb` says what happens to the users, or happened.
  func write(_ html: inout HTMLText, files: [String], _ verb: (Operation) -> String) {
    if sections.isEmpty { return }
    html.element("h2", text: "Users")
    html.element("div", ("class", "filter"), ("hidden", "")) { html in
      html.element("label", ("for", "filter"), text: "Find a user, a line or a note")
      html.void("input", ("id", "filter"), ("type", "search"), ("autocomplete", "off"))
      html.element("p", ("id", "found"), ("class", "soft"), ("role", "status"), text: "")
    }
    for section in allotted(Self.mostBytes - html.bytes.count, files, verb) {
      Self.write(section, verb, &html)
    }
  }

  /// The sections in order, with the rows that fit: urgent ones of all sections first.
  private func allotted(
    _ bytes: Int, _ files: [String], _ verb: (Operation) -> String
  ) -> [Section] {
    var ranks: [[UInt8]: Int] = [:]
    for (rank, file) in files.enumerated() where ranks[Array(file.utf8)] == nil {
      ranks[Array(file.utf8)] = rank
    }
    func order(_ section: Section) -> (Int, Int, Int, UInt32) {
      (
        section.operation == .removeAccount ? 0 : 1, section.isShared ? 1 : 0,
        ranks[Array(section.file.utf8)] ?? .max, section.firstLine
      )
    }
    var sections = sections.sorted { order($0) < order($1) }
    var left =
      bytes
      - sections.reduce(0) { size, section in
        size + HTMLText.size { Self.write(section, verb, &$0) }
      }
    for kind in 0..<3 {
      for index in sections.indices {
        for row in sections[index].rows[kind] {
          left -= HTMLText.size { Self.write(row, &$0) }
          if left < 0 { return sections }
          sections[index].listed[kind] += 1
        }
      }
    }
    return sections
  }

  private static func write(
    _ section: Section, _ verb: (Operation) -> String, _ html: inout HTMLText
  ) {
    let isOpen = section.count <= mostUnfolded
    html.markup(isOpen ? "\n<details class=\"users\" open>" : "\n<details class=\"users\">")
    html.element("summary") { html in
      var title = grouped(section.count - section.blocked) + " " + verb(section.operation)
      if section.blocked > 0 { title += ", \(grouped(section.blocked)) blocked" }
      html.element("b", text: title)
      if section.isShared { html.text(" · other entries") }
      if !section.file.isEmpty {
        html.text(" · ")
        html.element("span", ("class", "place"), text: placeText(section.file))
      }
      if let reason = section.reason { html.text(" · " + reason) }
    }
    html.element("div", ("class", "scroll")) { html in
      html.markup("<table><thead><tr><th scope=\"col\">User</th>")
      html.markup(
        "<th scope=\"col\" class=\"n\">Line</th><th scope=\"col\">Status</th></tr></thead>")
      html.markup("<tbody>")
      for (rows, count) in zip(section.rows, section.listed) {
        for row in rows.prefix(count) { write(row, &html) }
      }
      html.markup("</tbody></table>")
      let hidden = section.count - section.listed.reduce(0, +)
      if hidden > 0 {
        html.element(
          "p", ("class", "soft"), text: "\(grouped(hidden)) more are not listed on this page.")
      }
    }
    html.markup("</details>")
  }

  /// Rows are most of a page, so their ends are left out, as HTML allows.
  private static func write(_ row: Row, _ html: inout HTMLText) {
    html.markup("\n<tr><td class=\"id\">")
    html.text(row.id.description)
    html.markup("<td class=\"n\">")
    if row.line > 0 { html.text("\(row.line)") }
    html.markup("<td>")
    if !row.status.isEmpty {
      if row.color.utf8CodeUnitCount == 0 {
        html.text(row.status)
      } else {
        html.element("span", ("class", row.color.description), text: row.status)
      }
    }
    if !row.note.isEmpty { html.text((row.status.isEmpty ? "" : "; ") + row.note) }
  }
}
