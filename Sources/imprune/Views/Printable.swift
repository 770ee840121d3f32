import PruneCore

/// Words from outside, with every hidden character left out: no escape sequence, no line break, and
/// nothing that changes the direction of reading.
func printable(_ text: String) -> String {
  // Nearly always there is none.
  if !text.unicodeScalars.contains(where: \.isHidden) { return text }
  return String(String.UnicodeScalarView(text.unicodeScalars.filter { !$0.isHidden }))
}

/// Sentences of ours with words from outside in them: as above, but the line breaks stay.
func printableLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .map { printable(String($0)) }.joined(separator: "\n")
}
