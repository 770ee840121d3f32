import PruneCore

/// Text from outside without hidden characters: no escape sequence, no line break, and nothing that
/// changes the text direction.
func printable(_ text: String) -> String {
  // Nearly always there is none.
  if !text.unicodeScalars.contains(where: \.isHidden) { return text }
  return String(String.UnicodeScalarView(text.unicodeScalars.filter { !$0.isHidden }))
}

/// Text of imprune that contains text from outside: as above, but line breaks stay.
func printableLines(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .map { printable(String($0)) }.joined(separator: "\n")
}

/// A place for a summary or a comment: without hidden characters, and without the middle of a path
/// so long that it would push users out.
func placeText(_ place: String) -> String {
  let scalars = printable(place).unicodeScalars
  if scalars.count <= 120 { return String(scalars) }
  return String(scalars.prefix(60)) + "..." + String(scalars.suffix(57))
}
