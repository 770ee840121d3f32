// For `_nfc`: the standard library has no public way to ask for a normal form.
@_spi(_Unicode) import Swift

/// Which bytes are a user id that can be reviewed (DESIGN 3; service-api.md 7).
enum UserIDRules {
  /// What is said of some bytes.
  enum Verdict: Equatable {
    case fine
    /// Usable, but worth a second look.
    case unusual(Problem)
    case refused(Problem)
  }

  static func verdict(on bytes: Span<UInt8>, _ range: Range<Int>) -> Verdict {
    guard range.count <= UserID.maxBytes else {
      return .refused(.idTooLong(range.count))
    }
    guard !range.isEmpty else { return .refused(.idEmpty) }
    return isUsual(bytes, range) ? .fine : carefulVerdict(on: range.map { bytes[$0] })
  }

  /// Whether the bytes can be an id at all, usual or not.
  static func isUsable(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    if range.count <= UserID.maxBytes, !range.isEmpty, isUsual(bytes, range) { return true }
    if case .refused = verdict(on: bytes, range) { return false }
    return true
  }

  private static func isUsual(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    for index in range where !isUsual(bytes[index]) { return false }
    return true
  }

  /// For ids that hold more than letters, digits and a few signs.
  private static func carefulVerdict(on bytes: [UInt8]) -> Verdict {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .refused(.idNotUTF8)
    }
    if let hidden = text.unicodeScalars.first(where: \.isHidden) {
      return .refused(.idHidden(hidden))
    }
    if isBlank(text.unicodeScalars.first) || isBlank(text.unicodeScalars.last) {
      return .refused(.idBlank)
    }
    if !text._nfc.elementsEqual(text.unicodeScalars) { return .unusual(.idNotNFC) }
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
}

extension Unicode.Scalar {
  /// Whether a reviewer cannot see the character, or it changes how the line reads: Unicode
  /// categories Cc, Cf, Zl and Zp.
  package var isHidden: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
