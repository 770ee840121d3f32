import TestSupport

/// Texts that try to be more than text, in Markdown, HTML, terminals and logs.
enum NastyText {
  /// Visible text, which manifests accept in ids and reasons.
  static let visible: [String] = [
    "a", "0", "_", "`", "```", "~~~", "|", "\\", "\\|", "<", ">", "</details>", "<!--", "-->",
    "&lt;",
    "<b>", "@octocat", "#1", "##[error]", "##[", "::", "::error::", "%0A", "%", ",", "[a](b)", "![",
    "*",
    "**", "- ", "+ ", "> ", "# ", "1. ", "http://a.b", "$(id)", "${{", "=", "\"", "'", ";",
    "/close",
    "\u{0D4E}", "e\u{301}", "\u{301}", "名", "ا", "😀", "---", "===", ":+1:",
  ]
  /// Additional text that an entry of `guards.protected` may contain.
  static let protectable = ["a", "0", "_", "<b>", "::", "名", "😀"]
  /// Invisible text, which only file names may contain, since they come from the command line.
  static let hidden: [String] = [
    "\n", "\r\n", "\r", "\u{1B}[2J", "\u{9B}2J", "\u{202E}", "\u{2028}", "\u{85}", "\u{7}",
    "\u{200B}",
  ]

  /// Some of these in a row, of at most `bytes`.
  static func make(
    _ random: inout SplitMix64, from parts: [String] = visible, bytes: Int
  ) -> String {
    var text = ""
    for _ in 0...random.below(8) {
      let part = random.pick(parts)
      if text.utf8.count + part.utf8.count <= bytes { text += part }
    }
    return text
  }
}

/// A text as a double-quoted YAML scalar.
func yamlQuoted(_ text: String) -> String {
  // By scalars: a combining mark may follow the quote and form one character with it.
  let escaped = text.unicodeScalars.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : String($0) }
  return "\"" + escaped.joined() + "\""
}
