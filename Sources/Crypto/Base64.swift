/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each ASCII character, 255 for those outside the alphabet.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() {
      table[Int(character)] = UInt8(value)
    }
    return table
  }()

  static let padding = UInt8(ascii: "=")

  /// The ASCII text of `bytes`, padded, on one line.
  package static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let length = min(3, bytes.count - start)
      var bits: UInt32 = 0
      for offset in 0..<3 {
        bits = bits << 8 | (offset < length ? UInt32(bytes[start + offset]) : 0)
      }
      for position in 0..<4 {
        let value = Int(bits >> (18 - 6 * position) & 63)
        text.append(position <= length ? alphabet[value] : padding)
      }
    }
    return text
  }

  /// The bytes that `text` stands for; nil unless `text` is exactly what `encode` gives for them.
  ///
  /// Refuses line breaks, blanks, missing padding and stray bits in the last character, so that no
  /// two texts decode to the same bytes.
  package static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count.isMultiple(of: 4) else { return nil }
    let paddingCount = text.suffix(2).reversed().prefix { $0 == padding }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var bits: UInt32 = 0
    var bitCount = 0
    for character in text.dropLast(paddingCount) {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      bits = bits << 6 | UInt32(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
        bits &= 1 << bitCount - 1
      }
    }
    return bits == 0 ? bytes : nil
  }
}

/// The service's own Base64: the standard one with three characters exchanged so that the text
/// needs no escaping in a query (docs/service.md, "UserSig"). It is not RFC 4648's base64url.
package enum UserSigBase64 {
  /// The ASCII text of `bytes`: `*` for `+`, `-` for `/`, `_` for the padding.
  package static func encode(_ bytes: [UInt8]) -> [UInt8] {
    Base64.encode(bytes).map { character in
      switch character {
      case UInt8(ascii: "+"): UInt8(ascii: "*")
      case UInt8(ascii: "/"): UInt8(ascii: "-")
      case UInt8(ascii: "="): UInt8(ascii: "_")
      default: character
      }
    }
  }

  /// The bytes that `text` stands for; nil unless `text` is exactly what `encode` gives for them.
  package static func decode(_ text: [UInt8]) -> [UInt8]? {
    var standard: [UInt8] = []
    standard.reserveCapacity(text.count)
    for character in text {
      switch character {
      case UInt8(ascii: "*"): standard.append(UInt8(ascii: "+"))
      case UInt8(ascii: "-"): standard.append(UInt8(ascii: "/"))
      case UInt8(ascii: "_"): standard.append(UInt8(ascii: "="))
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
      default: standard.append(character)
      }
    }
    return Base64.decode(standard)
  }
}
