// For `_nfc`: the standard library has no public way to ask for a normal form.
@_spi(_Unicode) import Swift

/// Which bytes are a user id that people can review (docs/architecture.md, "Manifest";
/// docs/service.md, "User ids").
enum UserIDRules {
  /// The verdict on some bytes.
  enum Verdict {
    case fine
    /// Usable, but worth a second look.
    case unusual(Problem)
    case refused(Problem)
  }

  static func verdict(on bytes: Span<UInt8>, _ range: Range<Int>) -> Verdict {
    if isPlain(bytes, range) { return .fine }
    guard range.count <= UserID.maxBytes else {
      return .refused(.idTooLong(range.count))
    }
    guard !range.isEmpty else { return .refused(.idEmpty) }
    return carefulVerdict(on: range.map { bytes[$0] })
  }

  /// Whether the verdict on some bytes is `fine`, as it is for nearly all ids.
  static func isPlain(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count <= UserID.maxBytes, !range.isEmpty else { return false }
    for index in range where !isUsual(bytes[index]) { return false }
    return true
  }

  /// Whether the bytes can be the id of a record in a state, a journal or a saved plan.
  ///
  /// These rules are weaker than a manifest's: records made before a rule existed must stay
  /// readable.
  static func isUsable(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    if isPlain(bytes, range) { return true }
    guard range.count <= UserID.maxBytes, !range.isEmpty else { return false }
    guard let text = String(validating: range.map { bytes[$0] }, as: UTF8.self) else {
      return false
    }
    let scalars = text.unicodeScalars
    return !isBlank(scalars.first) && !isBlank(scalars.last)
      && !scalars.contains(where: changesLine)
  }

  /// For ids with more than letters, digits and a few signs.
  private static func carefulVerdict(on bytes: [UInt8]) -> Verdict {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .refused(.idNotUTF8)
    }
    let scalars = text.unicodeScalars
    if let hidden = scalars.first(where: \.isHidden) { return .refused(.idHidden(hidden)) }
    if isBlank(scalars.first) || isBlank(scalars.last) { return .refused(.idBlank) }
    if let blank = scalars.first(where: \.isOddBlank) { return .refused(.idOddBlank(blank)) }
    if !text._nfc.elementsEqual(scalars) { return .unusual(.idNotNFC) }
    return .unusual(.idUnusual)
  }

  /// Letters, digits and `_.@+=:-`.
  private static func isUsual(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: ":"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func isBlank(_ scalar: Unicode.Scalar?) -> Bool {
    scalar?.properties.isWhitespace ?? false
  }

  /// Unicode categories Cc, Cf, Zl and Zp.
  private static func changesLine(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
