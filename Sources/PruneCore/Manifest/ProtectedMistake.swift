/// A sign in an entry of `guards.protected` that it would protect another id than its author
/// intended, and so probably no user.
///
/// An entry has the syntax of an id, with `*` for any characters. It refuses even what ids may
/// contain in quotes: in a glob `*` can replace it.
enum ProtectedMistake: Equatable {
  case id(IDMistake)
  /// `#` in an entry that is not one of the service's own prefixes.
  case hash
  /// A character with a meaning in other globs or regular expressions.
  case pattern(Character)
  /// A lookalike of an ASCII character among ASCII.
  case lookalike(Unicode.Scalar, Character)

  init?(_ text: String) {
    let scalars = text.unicodeScalars
    if let mistake = IDMistake(text) {
      self = .id(mistake)
    } else if let sign = Self.pattern(in: text) {
      self = .pattern(sign)
    } else if let (scalar, plain) = Self.lookalike(in: scalars) {
      self = .lookalike(scalar, Character(plain))
    } else if scalars.contains("#"), !Guards.reservedPrefixes.contains(where: text.hasPrefix) {
      self = .hash
    } else {
      return nil
    }
  }

  private static func pattern(in text: String) -> Character? {
    let scalars = text.unicodeScalars
    if let sign = scalars.first(where: { "?[]{}()|\\".unicodeScalars.contains($0) }) {
      return Character(sign)
    }
    if let first = scalars.first, "^!".unicodeScalars.contains(first) { return Character(first) }
    if scalars.last == "$" { return "$" }
    if scalars.count > 1, scalars.first == "/", scalars.last == "/" { return "/" }
    return nil
  }

  /// A lookalike of a star is always an error; other lookalikes are refused only among ASCII
  /// letters, since ids may be in any script. Latin letters such as `ı` belong to some languages.
  private static func lookalike(
    in scalars: String.UnicodeScalarView
  ) -> (Unicode.Scalar, Unicode.Scalar)? {
    let hasASCII = scalars.contains { $0.isASCII && $0.properties.isAlphabetic }
    for scalar in scalars {
      guard let plain = scalar.lookalike, plain == "*" || hasASCII && scalar.value >= 0x250 else {
        continue
      }
      return (scalar, plain)
    }
    return nil
  }
}
