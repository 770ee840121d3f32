import PruneCore

/// Problems of a manifest as text: `file:line:col: error: summary`, the line with a caret, and
/// what to do.
enum DiagnosticsView {
  /// Renders the problems of a reading; `lines` rereads lines of a file.
  static func render(
    _ reading: ManifestReading, _ style: Style,
    lines: (Set<UInt32>, _ file: String, _ manifest: String) -> [UInt32: String]
  ) -> String {
    let diagnostics = reading.diagnostics
    if diagnostics.kept.isEmpty { return "" }
    var sources: [UInt16: [UInt32: String]] = [:]
    for (file, problems) in Dictionary(grouping: diagnostics.kept, by: \.place.file) {
      sources[file] = lines(
        Set(problems.map(\.place.line)), reading.files[Int(file)], reading.files[0])
    }
    var text = ""
    for problem in diagnostics.kept {
      let source = sources[problem.place.file]?[problem.place.line]
      text += render(problem, reading.files, source, style) + "\n"
    }
    return text + summary(diagnostics, style)
  }

  private static func render(
    _ problem: Diagnostic, _ files: [String], _ source: String?, _ style: Style
  ) -> String {
    let place = problem.place
    let word = problem.severity.rawValue + ":"
    let label = problem.severity == .error ? style.red(word) : style.yellow(word)
    var text =
      style.bold("\(printable(files[Int(place.file)])):\(place.line):\(place.column):")
      + " \(label) \(style.bold(problem.summary))"
      + (problem.shownCode.map { style.faint(" [\($0)]") } ?? "") + "\n"
    if let source { text += excerpt(source, place, style) }
    return text + style.wrapped("  " + printable(problem.detail), hanging: 2) + "\n"
  }

  /// A problem in a line, without colors: location, what is wrong, and what to do.
  static func line(_ problem: Diagnostic, _ files: [String]) -> String {
    let place = problem.place
    return "\(printable(files[Int(place.file)])):\(place.line):\(place.column): "
      + "\(problem.severity.rawValue): \(problem.summary). \(printable(problem.detail))"
  }

  /// The line, cut to fit around the column, with a caret below the column.
  private static func excerpt(_ source: String, _ place: Place, _ style: Style) -> String {
    let scalars = Array(source.unicodeScalars)
    var column = max(0, Int(place.column) - 1)
    guard column <= scalars.count else { return "" }
    let gutter = "\(place.line)"
    // As much as fits next to the gutter, with more before the column than after it.
    let room = max(20, min(100, (style.columns ?? 110) - gutter.count - 6))
    let skipped = max(0, column - room)
    let shown = scalars[skipped..<min(scalars.count, column + room)].map(visible)
    let widths = shown.map { columns(of: $0) }
    column -= skipped
    var start = 0
    if skipped > 0 || widths[..<column].reduce(0, +) > room * 3 / 5 {
      var left = room * 2 / 5
      start = column
      while start > 0, widths[start - 1] <= left {
        start -= 1
        left -= widths[start]
      }
    }
    var end = start
    var left = room
    while end < shown.count, widths[end] <= left {
      left -= widths[end]
      end += 1
    }
    let padding = String(repeating: " ", count: widths[start..<column].reduce(0, +))
    let indent = String(repeating: " ", count: gutter.count)
    return style.faint("  \(gutter) | ") + shown[start..<end].joined() + "\n"
      + style.faint("  \(indent) | ") + padding + style.cyan("^") + "\n"
  }

  /// A character made safe for a terminal: controls and hidden ones are spelled out.
  private static func visible(_ scalar: Unicode.Scalar) -> String {
    if scalar == "\t" { return " " }
    return scalar.isHidden ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }

  private static func summary(_ diagnostics: Diagnostics, _ style: Style) -> String {
    var parts: [String] = []
    if diagnostics.errors > 0 { parts.append(style.red(counted(diagnostics.errors, "error"))) }
    if diagnostics.warnings > 0 {
      parts.append(style.yellow(counted(diagnostics.warnings, "warning")))
    }
    let hidden = diagnostics.errors + diagnostics.warnings - diagnostics.kept.count
    let note = hidden > 0 ? " (the first \(diagnostics.kept.count) are shown)" : ""
    return parts.joined(separator: ", ") + note + ".\n"
  }
}
