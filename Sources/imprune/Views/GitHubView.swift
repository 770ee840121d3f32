import Bytes
import PruneCore

/// What GitHub Actions reads: workflow commands, and the lines of an output file.
enum GitHubView {
  /// Makes the runner print `***` for a secret in all logs from now on. It contains the secret, so
  /// it may go only to the runner.
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

  /// Escapes as the runner requires: `%XX` for characters that end a value. It works on Unicode
  /// scalars, as the runner does, not on grapheme clusters.
  private static func escaped(_ text: String, also: [Unicode.Scalar] = []) -> String {
    let reserved = ["%", "\r", "\n"] + also
    return text.unicodeScalars.map { scalar in
      // All of these are ASCII.
      reserved.contains(scalar) ? UInt8(ascii: scalar).percentEncoded : String(scalar)
    }.joined()
  }

  /// The step's outputs: `name=value` lines with values that imprune makes.
  static func outputs(_ plan: Plan) -> String {
    let token = ApprovalToken(plan)
    return """
      has_changes=\(!plan.isEmpty)
      removals=\(token.removals)
      clears=\(token.clears)
      blocked=\(plan.counts.blocked)
      guards_loosened=\(plan.loosensRules)
      state_edited=\(plan.editsState)
      token=\(plan.isRefused ? "" : token.description)

      """
  }

  // MARK: - The log

  /// A text from which the runner takes no command: a blank breaks up `::` at the start of a line,
  /// with or without blanks before it, and `##[` anywhere.
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
