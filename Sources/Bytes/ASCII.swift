/// Classes of ASCII, the same in every locale; a byte that is not ASCII is in none of them.
extension UInt8 {
  @inlinable public var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  /// Whether it is a letter, of either case.
  @inlinable public var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

  @inlinable public var isLetterOrDigit: Bool { isLetter || isDigit }

  /// Whether it is a hexadecimal digit, of either case.
  @inlinable public var isHexDigit: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 6 }

  /// Whether it is a hexadecimal digit as imprune and git write them, in lower case.
  @inlinable public var isLowercaseHexDigit: Bool { lowercaseHexValue != nil }

  /// What a hexadecimal digit in lower case stands for; nil for any other byte.
  @inlinable public var lowercaseHexValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  /// Whether it is white space of JSON and HTTP: a space, a tab or an end of a line.
  @inlinable public var isBlank: Bool {
    switch self {
    case 0x20, 0x09, 0x0A, 0x0D: true
    default: false
    }
  }
}

extension UInt8 {
  /// A percent sign and two hexadecimal digits in upper case (RFC 3986): `%0A`.
  public var percentEncoded: String {
    (self < 16 ? "%0" : "%") + String(self, radix: 16, uppercase: true)
  }
}

extension Sequence<UInt8> {
  /// Percent-encoded for a URL (RFC 3986): all but letters, digits, `-_.~` and what is kept.
  public func percentEncoded(keeping kept: String = "") -> String {
    var text = ""
    for byte in self {
      if byte.isLetterOrDigit || "-_.~".utf8.contains(byte) || kept.utf8.contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte.percentEncoded
      }
    }
    return text
  }
}

extension UInt64 {
  /// Reads lower-case hexadecimal digits, 16 at most; nil for anything else.
  @inlinable public init?(hex bytes: Span<UInt8>, _ range: Range<Int>) {
    var value: UInt64 = 0
    for index in range {
      guard let digit = bytes[index].lowercaseHexValue else { return nil }
      value = value << 4 | UInt64(digit)
    }
    self = value
  }
}
