import JSON
import PruneCore

/// A comparison of a state with the service.
enum RefreshView {
  /// How many users are listed without `--all`.
  private static let shown = 40

  static func text(_ comparison: StateComparison, _ style: Style, showsAll: Bool) -> String {
    let differences = comparison.differences
    let listed = differences.prefix(showsAll ? differences.count : shown)
    let width = listed.map { columns(of: $0.record.id.description) }.max() ?? 0
    var text = ""
    for difference in listed {
      let done = difference.record.done.map { "\($0.outcome.rawValue) \($0.time)" } ?? ""
      let id = padded(difference.record.id.description, width)
      text += "  \(id)  \(style.yellow(words(difference.finding)))  \(style.faint(done))\n"
    }
    let hidden = differences.count - listed.count
    if hidden > 0 {
      text += style.faint("  ... \(grouped(hidden)) more; --all shows them ...") + "\n"
    }
    if !differences.isEmpty { text += "\n" }
    let unread =
      comparison.unread > 0 ? " \(grouped(comparison.unread)) could not be read." : ""
    let compared = "\(counted(comparison.compared, "completed record")) compared.\(unread)\n"
    if differences.isEmpty {
      return text + (comparison.unread > 0 ? "" : style.green("No differences.") + " ") + compared
    }
    let count = counted(differences.count, "record")
    return text + style.bold("\(count) \(differences.count == 1 ? "differs" : "differ").") + " "
      + compared
  }

  private static func words(_ finding: Finding) -> String {
    switch finding {
    case .tags: "has \(FindingWords.short(finding)) again"
    default: "exists again"
    }
  }

  /// One document, described by `examples/schemas/refresh.schema.json`.
  static func json(_ comparison: StateComparison, _ app: App) -> String {
    var json = JSONText()
    json.object(.lines) { json in
      json.field("format_version", "1.0")
      json.field("tool_version", Version.current)
      json.field("app", app.id.number)
      json.field("compared", comparison.compared)
      json.field("unread", comparison.unread)
      json.key("differences")
      json.array(.lines) { json in
        for difference in comparison.differences { json.write(difference) }
      }
    }
    return String(decoding: json.take(), as: UTF8.self) + "\n"
  }
}

extension JSONText {
  fileprivate mutating func write(_ difference: StateComparison.Difference) {
    let record = difference.record
    object { json in
      json.field("operation", record.operation.name)
      json.field("id", record.id)
      if let done = record.done {
        json.field("recorded", done.outcome.rawValue)
        json.field("revision", done.revision.number)
        json.field("time", done.time.description)
      }
      if case .tags(let count) = difference.finding {
        json.field("at_service", "tags")
        json.field("tags", Int(count))
      } else {
        json.field("at_service", "exists")
      }
    }
  }
}
