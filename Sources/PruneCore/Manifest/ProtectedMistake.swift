/// What in an entry of `guards.protected` shows that it would protect another id than its author
/// means, and so most likely no user.
///
/// An entry is spelt like an id, with `*` for any characters. What ids may hold in quotes is refused
/// here even so: in a glob `*` can stand for it.
enum ProtectedMistake: Equatable {
  case id(IDMistake)
  /// `#` in an entry that is not one of the service's own prefixes.
  case hash
  /// A sign that other globs or regular expressions give a meaning to.
  case pattern(Character)
  /// A character that looks like one of ASCII, among such.
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

  /// A star in disguise is none; another sign or letter is refused only among letters of ASCII, for
  /// there are ids in every script. Latin letters such as `ı` belong to some languages.
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
