import PruneCore

/// What GitHub Actions reads: workflow commands, and the lines of an output file.
enum GitHubView {
  /// Makes the runner put `***` for a secret in all logs from here on. It names the secret, so it may
  /// go nowhere but to the runner.
  static func mask(_ secret: String) -> String { "::add-mask::\(escaped(secret))\n" }

  /// A workflow command.
  static func command(
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
