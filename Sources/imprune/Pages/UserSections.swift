import PruneCore

/// The users of a page, by entry of the manifest: those of one operation, one file and one reason.
struct UserSections {
  /// How many entries have a section of their own; the users of the others share one.
  private static let mostSections = 500
  /// More rows than can fit in a page.
  private static let mostRows = Page.mostBytes / 40
  /// A section with more users is folded.
  private static let mostUnfolded = 1000

  /// One user.
  struct Row {
    let id: UserID
    let line: UInt32
    /// The outcome or what is special, and its class of color; empty if nothing is.
    var status = ""
    var color: StaticString = ""
    var note = ""
  }

  private struct Key: Hashable {
    let operation: Operation?
    let file: String
    let reason: String?
  }

  private struct Section {
    let key: Key
    var rows: [Row] = []
    var count = 0
    var firstLine = UInt32.max
  }

  private var sections: [Section] = []
  private var indices: [Key: Int] = [:]
  private var rows = 0
  /// The last section and what selected it: most users follow another one of their entry.
  private var last: (group: UInt32, section: Int)?

  /// Adds a user. Users of one `group` have one operation, file and reason, which `entry` tells.
  mutating func add(
    _ row: Row, group: UInt32?,
    _ entry: () -> (operation: Operation?, file: String, reason: String?)
  ) {
    let index = section(group, entry)
    sections[index].count += 1
    sections[index].firstLine = min(sections[index].firstLine, row.line)
    guard rows < Self.mostRows else { return }
    rows += 1
    sections[index].rows.append(row)
  }

  private mutating func section(
    _ group: UInt32?, _ entry: () -> (operation: Operation?, file: String, reason: String?)
  ) -> Int {
    if let group, let last, last.group == group { return last.section }
    let (operation, file, reason) = entry()
    var key = Key(operation: operation, file: file, reason: reason)
    if indices[key] == nil, sections.count >= Self.mostSections {
      key = Key(operation: nil, file: "", reason: nil)
    }
    let index = indices[key] ?? sections.count
    if index == sections.count {
      indices[key] = index
      sections.append(Section(key: key))
    }
    if let group { last = (group, index) }
    return index
  }

  // MARK: - Writing

  /// Writes the filter box and the sections, removals first, in the order of the manifest; `files`
  /// tells that order. `verb` says what happens to the users, or happened.
  func write(
    _ html: inout HTMLText, files: [String], _ verb: (Operation) -> String
  ) {
    if sections.isEmpty { return }
    html.element("h2", text: "Users")
    html.element("div", ("class", "filter"), ("hidden", "")) { html in
      html.element("label", ("for", "filter"), text: "Find a user, a line or a note")
      html.void("input", ("id", "filter"), ("type", "search"), ("autocomplete", "off"))
      html.element("p", ("id", "found"), ("class", "soft"), ("role", "status"), text: "")
    }
    var ranks: [String: Int] = [:]
    for (rank, file) in files.enumerated() where ranks[file] == nil { ranks[file] = rank }
    func order(_ section: Section) -> (Int, Int, UInt32) {
      let operation = section.key.operation.map { $0 == .removeAccount ? 0 : 1 } ?? 2
      return (operation, ranks[section.key.file] ?? .max, section.firstLine)
    }
    for section in sections.sorted(by: { order($0) < order($1) }) {
      write(section, verb, &html)
    }
  }

  private func write(
    _ section: Section, _ verb: (Operation) -> String, _ html: inout HTMLText
  ) {
    let key = section.key
    let isOpen = section.count <= Self.mostUnfolded
    html.markup(isOpen ? "\n<details class=\"users\" open>" : "\n<details class=\"users\">")
    html.element("summary") { html in
      html.element("b", text: grouped(section.count) + " " + (key.operation.map(verb) ?? "others"))
      if !key.file.isEmpty {
        html.text(" · ")
        html.element("span", ("class", "place"), text: placeText(key.file))
      }
      if let reason = key.reason { html.text(" · " + reason) }
    }
    html.element("div", ("class", "scroll")) { html in
      html.markup("<table><thead><tr><th scope=\"col\">User</th>")
      html.markup(
        "<th scope=\"col\" class=\"n\">Line</th><th scope=\"col\">Status</th></tr></thead>")
      html.markup("<tbody>")
      var shown = 0
      for row in section.rows {
        // Leave room for the ends of this page and of the other sections.
        if html.bytes.count > Page.mostBytes - 500_000 { break }
        Self.write(row, &html)
        shown += 1
      }
      html.markup("</tbody></table>")
      if shown < section.count {
        html.element(
          "p", ("class", "soft"),
          text: "\(grouped(section.count - shown)) more are not listed on this page.")
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
