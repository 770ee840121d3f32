import JSON
import PruneCore

/// The content of a tag file, handed on piece by piece: the file may be of any length.
enum TagsView {
  /// How many lines are listed without `--all`.
  private static let shown = 40

  /// Prints what was read, also before an error.
  static func text(
    _ reader: inout TagFileReader, _ style: Style, showsAll: Bool, to print: (String) -> Void
  ) throws(TagFileError) {
    var text = style.faint(words(reader.header)) + "\n\n"
    defer { print(text) }
    var tags = 0
    while let saved = try reader.next() {
      tags += saved.tags.count
      guard showsAll || reader.users <= shown else { continue }
      text += line(saved, style)
      if text.utf8.count > 1 << 16 {
        print(text)
        text = ""
      }
    }
    let hidden = showsAll ? 0 : reader.users - shown
    if hidden > 0 {
      text += style.faint("  ... \(grouped(hidden)) more; --all shows them ...") + "\n"
    }
    if reader.users > 0 { text += "\n" }
    text += style.bold("\(counted(reader.users, "user line")), \(counted(tags, "tag")).") + "\n"
    if !reader.isWhole { text += style.wrapped(style.yellow(interrupted)) + "\n" }
  }

  private static let interrupted =
    "The file has no end line: the run was interrupted, it is still under way, or the file is "
    + "incomplete. Unless the file was cut short, the list has every user whose tags the run had saved "
    + "until then."

  private static func words(_ header: TagFileHeader) -> String {
    "App \(header.app) (\(header.service.rawValue)), lineage \(header.lineage), run \(header.run), "
      + "tags_api \(header.api.rawValue)."
  }

  private static func line(_ saved: SavedTags, _ style: Style) -> String {
    var json = JSONText()
    json.value(saved.tags)
    let tags = printable(String(decoding: json.take(), as: UTF8.self))
    return "  \(style.faint("\(saved.time)"))  \(printable("\(saved.id)"))  \(tags)\n"
  }

  /// One document, described by `examples/schemas/tags.schema.json`. It ends early if the file is
  /// damaged.
  static func json(
    _ reader: inout TagFileReader, to print: (String) -> Void
  ) throws(TagFileError) {
    func write(_ bytes: [UInt8]) { print(String(decoding: bytes, as: UTF8.self)) }
    var json = JSONText()
    try json.object(.lines) { (json) throws(TagFileError) in
      json.field("format_version", "1.0")
      json.field("tool_version", Version.current)
      json.write(reader.header)
      json.key("users")
      try json.array(.lines) { (json) throws(TagFileError) in
        while let saved = try reader.next() {
          json.write(saved)
          json.drain(to: write)
        }
      }
      json.field("user_count", reader.users)
      json.field("complete", reader.isWhole)
    }
    write(json.take())
    print("\n")
  }
}

extension JSONText {
  fileprivate mutating func write(_ header: TagFileHeader) {
    field("app", header.app.number)
    field("service", header.service.rawValue)
    field("lineage", header.lineage.description)
    field("run", header.run.description)
    field("tags_api", header.api.rawValue)
  }

  fileprivate mutating func write(_ saved: SavedTags) {
    object { json in
      json.field("id", saved.id)
      json.field("time", saved.time.description)
      json.key("tags")
      json.value(saved.tags)
    }
  }
}
