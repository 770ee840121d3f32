import PruneCore

/// A section of a Markdown text with its own heading: a `<details>` with a fence in it, and in the
/// fence as many complete entries as fit; it counts the ones left out.
struct MarkdownSection {
  let title: String
  /// What to call one of the entries, and several.
  let noun: (one: String, many: String)
  /// The command that lists them all, if there is one.
  var listing: String?
  /// The language of the fence.
  var language = "diff"
  let count: Int
  /// The first entries, each with its line break; no more than can fit.
  let entries: [String]

  /// The text instead of the section if none of it fits.
  var hiddenNote: String { note(hidden: count) + "\n" }

  private func note(hidden: Int) -> String {
    if hidden == 0 { return "" }
    let words = hidden == 1 ? noun.one + " is" : noun.many + " are"
    let hint = listing.map { "; `\($0)` lists all" } ?? ""
    return "... \(grouped(hidden)) more \(words) not shown\(hint).\n"
  }

  /// At most `room` bytes, which must fit at least `hiddenNote`.
  func render(_ room: Int) -> String {
    let start = "<details open><summary>\(title)</summary>\n\n```\(language)\n"
    let end = "```\n\n</details>\n\n"
    // The longest note is the one that hides all entries.
    var left = room - start.utf8.count - end.utf8.count - hiddenNote.utf8.count
    var body = ""
    var shown = 0
    for entry in entries {
      left -= entry.utf8.count
      if left < 0 { break }
      body += entry
      shown += 1
    }
    if shown == 0 { return hiddenNote }
    let note = note(hidden: count - shown)
    return start + body + end + (note.isEmpty ? "" : note + "\n")
  }

  /// The sections in order, at most `budget` bytes; the first ones take what they need.
  static func render(_ sections: [MarkdownSection], _ budget: Int) -> String {
    var text = ""
    // Every section can at least say how many entries are missing.
    var room = budget - sections.reduce(0) { $0 + $1.hiddenNote.utf8.count }
    for section in sections {
      let shown = section.render(room + section.hiddenNote.utf8.count)
      room -= shown.utf8.count - section.hiddenNote.utf8.count
      text += shown
    }
    return text
  }
}

extension MarkdownSection {
  /// Problems of a severity, each with its location, what it is and what to do; nil if there are
  /// none.
  init?(
    _ diagnostics: Diagnostics, _ severity: Diagnostic.Severity, _ files: [String],
    title: String = ""
  ) {
    count = severity == .error ? diagnostics.errors : diagnostics.warnings
    if count == 0 { return nil }
    let word = severity.rawValue
    self.title = counted(count, word) + title
    noun = (word, word + "s")
    language = "text"
    entries = diagnostics.kept.filter { $0.severity == severity }.map { problem in
      let place = problem.place
      return printable(files[Int(place.file)]) + ":\(place.line):\(place.column): "
        + problem.summary + (problem.shownCode.map { " [\($0)]" } ?? "") + "\n  "
        + printable(problem.detail) + "\n"
    }
  }
}
