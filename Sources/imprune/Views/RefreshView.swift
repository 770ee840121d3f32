import JSON
import PruneCore

/// A comparison of a state with the service.
enum RefreshView {
  /// How many users are listed without `--all`.
  private static let shown = 40

  static func text(_ comparison: StateComparison, _ style: Style, showsAll: Bool) -> String {
    let (differences, unread) = (comparison.differences, comparison.unread)
    let text = rows(differences, style, showsAll) + rows(unread, style, showsAll)
    let missing = unread.isEmpty ? "" : " \(grouped(unread.count)) could not be read."
    let compared = "\(counted(comparison.compared, "completed record")) compared.\(missing)\n"
    if differences.isEmpty {
      return text + (unread.isEmpty ? style.green("No differences.") + " " : "") + compared
    }
    let count = counted(differences.count, "record")
    return text + style.bold("\(count) \(differences.count == 1 ? "differs" : "differ").") + " "
      + compared
  }

  private static func rows(
    _ rows: [StateComparison.Row], _ style: Style, _ showsAll: Bool
  ) -> String {
    if rows.isEmpty { return "" }
    let listed = rows.prefix(showsAll ? rows.count : shown)
    let width = listed.map { columns(of: $0.record.id.description) }.max() ?? 0
    var text = ""
    for row in listed {
      let done = row.record.done.map { "\($0.outcome.rawValue) \($0.time)" } ?? ""
      let id = padded(row.record.id.description, width)
      text += "  \(id)  \(style.yellow(words(row.finding)))  \(style.faint(done))\n"
    }
    if rows.count > listed.count {
      let hidden = grouped(rows.count - listed.count)
      text += style.faint("  ... \(hidden) more; --all shows them ...") + "\n"
    }
    return text + "\n"
  }

  static func words(_ finding: Finding) -> String {
    switch finding {
    case .tags: "has \(FindingWords.short(finding)) again"
    case .unread(let reason): "not read: \(FindingWords.of(reason))"
    case .exists, .absent: "exists again"
    }
  }

  /// One document, described by `examples/schemas/refresh.schema.json`, in pieces.
  static func json(_ comparison: StateComparison, _ app: App, to print: (String) -> Void) {
    func write(_ bytes: [UInt8]) { print(String(decoding: bytes, as: UTF8.self)) }
    func write(_ rows: [StateComparison.Row], _ json: inout JSONText) {
      json.array(.lines) { json in
        for row in rows {
          json.write(row)
          json.drain(to: write)
        }
      }
    }
    var json = JSONText()
    json.object(.lines) { json in
      json.field("format_version", "1.1")
      json.field("tool_version", Version.current)
      json.field("app", app.id.number)
      json.field("compared", comparison.compared)
      json.field("unread", comparison.unread.count)
      json.key("differences")
      write(comparison.differences, &json)
      json.key("unread_users")
      write(comparison.unread, &json)
    }
    write(json.take())
    print("\n")
  }
}

extension JSONText {
  fileprivate mutating func write(_ row: StateComparison.Row) {
    let record = row.record
    object { json in
      json.field("operation", record.operation.name)
      json.field("id", record.id)
      if let done = record.done {
        json.field("recorded", done.outcome.rawValue)
        json.field("revision", done.revision.number)
        json.field("time", done.time.description)
      }
      json.fields(of: row.finding)
    }
  }
}
