import PruneCore

/// What GitHub Actions reads: workflow commands, and the lines of an output file.
enum GitHubView {
  /// How many problems of a severity are shown on the changed lines: GitHub shows ten of a kind for
  /// a step and drops the rest in silence, so the tenth counts them.
  private static let shown = 9

  /// Problems of a manifest as annotations; `folder` is where the tool runs, relative to the
  /// repository, empty or ended by `/`.
  static func annotations(_ reading: ManifestReading, folder: String) -> String {
    let diagnostics = reading.diagnostics
    return annotations(.error, diagnostics.errors, reading, folder)
      + annotations(.warning, diagnostics.warnings, reading, folder)
  }

  private static func annotations(
    _ severity: Diagnostic.Severity, _ count: Int, _ reading: ManifestReading, _ folder: String
  ) -> String {
    let problems = reading.diagnostics.kept.filter { $0.severity == severity }.prefix(shown)
    var text = ""
    for problem in problems {
      let file = reading.files[Int(problem.place.file)]
      text += command(
        severity.rawValue,
        [
          ("file", file.hasPrefix("/") ? file : folder + file),
          ("line", "\(problem.place.line)"), ("col", "\(problem.place.column)"),
          ("title", problem.summary + (problem.code.map { " [\($0)]" } ?? "")),
        ], problem.detail)
    }
    if count > problems.count {
      text += command(
        severity.rawValue, [("title", "imprune")],
        "\(counted(count - problems.count, "more " + severity.rawValue)); the log of this step tells "
          + "of the first \(Diagnostics.shown).")
    }
    return text
  }

  /// Makes the runner put `***` for a secret in all logs from here on. It names the secret, so it may
  /// go nowhere but to the runner.
  static func mask(_ secret: String) -> String { "::add-mask::\(escaped(secret))\n" }

  private static func command(
    _ name: String, _ properties: [(name: String, value: String)], _ message: String
  ) -> String {
    let properties = properties.map { property in
      "\(property.name)=\(escaped(printable(property.value), also: [":", ","]))"
    }
    return "::\(name) \(properties.joined(separator: ","))::\(escaped(printable(message)))\n"
  }

  /// As the runner's rules of escaping have it: `%XX` for what ends a value. Character by character
  /// in the sense of Unicode's scalars, as the runner reads, not of what is seen as one.
  private static func escaped(_ text: String, also: [Unicode.Scalar] = []) -> String {
    let reserved = ["%", "\r", "\n"] + also
    return text.unicodeScalars.map { scalar in
      guard reserved.contains(scalar) else { return String(scalar) }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }

  /// The step's outputs, `name=value` lines with values of ours alone.
  static func outputs(_ plan: Plan) -> String {
    let token = ApprovalToken(plan)
    return """
      has_changes=\(!plan.isEmpty)
      removals=\(token.removals)
      clears=\(token.clears)
      blocked=\(plan.counts.blocked)
      token=\(plan.isRefused ? "" : token.description)

      """
  }

  // MARK: - The log

  /// A text that the runner takes no command from: a `::` that begins a line, after blanks or at
  /// once, and a `##[` anywhere get a blank inside.
  static func harmless(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var isBlank = true
    var (last, secondLast): (Unicode.Scalar, Unicode.Scalar) = ("\n", "\n")
    for scalar in text.unicodeScalars {
      if isBlank && last == ":" && scalar == ":"
        || secondLast == "#" && last == "#" && scalar == "["
      {
        result.append(" ")
      }
      if scalar == "\n" || scalar == "\r" {
        isBlank = true
      } else if !scalar.properties.isWhitespace, !(scalar == ":" && last != ":") {
        isBlank = false
      }
      result.append(scalar)
      (secondLast, last) = (last, scalar)
    }
    return String(result)
  }
}
