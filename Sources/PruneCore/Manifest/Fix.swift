/// A certain correction: what replaces the characters from the place of a problem on, on its line.
///
/// There is one only if no other correction is likely; a person still reads it before it is used.
package struct Fix: Equatable, Sendable {
  /// How many characters (Unicode scalars) are replaced, at least 1.
  package let length: UInt32
  package let replacement: String

  private init(_ text: String, _ replacement: String) {
    length = UInt32(clamping: text.unicodeScalars.count)
    self.replacement = replacement
  }

  /// For a plain scalar that is nearly one of the known words, and not nearly another one.
  static func misspelled(_ word: String, known: [String]) -> Fix? {
    let usual = word.lowercased().replacing("-", with: "_")
    if known.contains(usual) { return Fix(word, usual) }
    let near = known.map { (word: $0, edits: editDistance($0, word)) }
      .sorted { $0.edits < $1.edits }
    guard let best = near.first, best.edits <= best.word.count / 4, best.edits <= 2 else {
      return nil
    }
    if near.count > 1, near[1].edits <= best.edits + 1 { return nil }
    return Fix(word, best.word)
  }

  /// For a plain scalar that is an id only in quotes. What stands for a missing value, or has lost digits,
  /// is no certain id.
  static func quoting(_ id: String) -> Fix? {
    let bytes = Array(id.utf8)
    guard isOrdinary(id), !PlainScalar.isNull(bytes),
      !PlaceholderWord.isOne(bytes.span, 0..<bytes.count),
      !MangledNumber.isMangled(bytes.span, 0..<bytes.count)
    else { return nil }
    return Fix(id, "\"\(id)\"")
  }

  /// For a line of a list that is an id except for blanks around it.
  static func cleaning(_ line: String) -> Fix? {
    var id = line.unicodeScalars[...]
    while let first = id.first, blanks.contains(first) { id.removeFirst() }
    while let last = id.last, blanks.contains(last) { id.removeLast() }
    guard isOrdinary(String(id)) else { return nil }
    return Fix(line, String(id))
  }

  /// Spaces, and characters without a width. Others may hide that a line is two, or change its direction.
  private static let blanks: Set<Unicode.Scalar> = [
    " ", "\u{200B}", "\u{2060}", "\u{FEFF}",
  ]

  private static func isOrdinary(_ id: String) -> Bool {
    let bytes = Array(id.utf8)
    return UserIDRules.isPlain(bytes.span, 0..<bytes.count)
  }
}
