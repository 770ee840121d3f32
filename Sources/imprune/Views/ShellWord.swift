import Bytes

/// A word as a shell takes it for one.
func quoted(_ word: String) -> String {
  let isPlain = word.utf8.allSatisfy { $0.isLetterOrDigit || "/._-".utf8.contains($0) }
  if isPlain, !word.isEmpty { return word }
  // By scalars: a mark after a quote makes one character of the two, and the shell knows only bytes.
  return "'" + word.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
}
