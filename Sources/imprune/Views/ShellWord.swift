import Bytes

/// A text quoted so that a shell reads it as one word.
func quoted(_ word: String) -> String {
  let isPlain = word.utf8.allSatisfy { $0.isLetterOrDigit || "/._-".utf8.contains($0) }
  if isPlain, !word.isEmpty { return word }
  // By scalars: a combining mark after a quote would form one character with it, but the shell
  // knows only bytes.
  return "'" + word.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
}
