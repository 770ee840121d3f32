internal import Bytes

/// Whether YAML reads an unquoted scalar as a string.
///
/// A YAML 1.1 reader sees a number in `1_000` and a boolean in `on`; a 1.2 reader does not. An id
/// must read the same everywhere, so whatever either version resolves to something else must be
/// quoted (docs/architecture.md, "Manifest"). Only plain decimals such as `10001` are taken
/// literally.
enum PlainScalar {
  /// True if both YAML versions read a string, or if it is a plain canonical decimal.
  static func isSafe(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return false }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return isCanonicalDecimal(bytes) || !(isNumber(bytes) || isTimestamp(bytes))
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      return !isNumber(bytes)
    case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"), UInt8(ascii: "*"),
      UInt8(ascii: "&"), UInt8(ascii: "!"):
      return false
    default:
      // The longest word with a meaning is `false`.
      return bytes.count > 5 || !words.contains(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Whether both YAML versions read a null.
  static func isNull(_ bytes: [UInt8]) -> Bool {
    ["", "~", "null", "Null", "NULL"].contains { bytes.elementsEqual($0.utf8) }
  }

  /// `0`, or digits that do not begin with `0`.
  static func isCanonicalDecimal(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return false }
    return bytes.allSatisfy(\.isDigit) && (first != UInt8(ascii: "0") || bytes.count == 1)
  }

  /// Null, booleans, merge and default keys, as YAML 1.1 and 1.2 spell them.
  private static let words: Set<String> = {
    var words: Set<String> = ["~", "<<", "="]
    for word in ["null", "true", "false", "yes", "no", "on", "off", "y", "n"] {
      words.insert(word)
      words.insert(word.uppercased())
      words.insert(word.prefix(1).uppercased() + word.dropFirst())
    }
    return words
  }()

  // MARK: - Numbers and times

  private static func isNumber(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    rest.skip { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    if isRadixInteger(rest) || isSexagesimal(rest) { return true }
    let words = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"]
    return words.contains { rest.elementsEqual($0.utf8) } || isDecimal(rest)
  }

  /// `0b11`, `0o17`, `0x1F`.
  private static func isRadixInteger(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count > 2, bytes.first == UInt8(ascii: "0") else { return false }
    let digits = bytes.dropFirst(2)
    switch bytes[bytes.startIndex + 1] {
    case UInt8(ascii: "b"), UInt8(ascii: "o"): return digits.allSatisfy(isDigitOrUnderscore)
    case UInt8(ascii: "x"):
      return digits.allSatisfy { $0.isHexDigit || $0 == UInt8(ascii: "_") }
    default: return false
    }
  }

  /// `12:30`, `190:20:30.15`: YAML 1.1's base 60.
  private static func isSexagesimal(_ bytes: ArraySlice<UInt8>) -> Bool {
    let whole = bytes.prefix { $0 != UInt8(ascii: ".") }
    guard bytes.dropFirst(whole.count + 1).allSatisfy(isDigitOrUnderscore) else { return false }
    let parts = whole.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first?.first, first.isDigit,
      parts[0].allSatisfy(isDigitOrUnderscore)
    else { return false }
    return parts.dropFirst().allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(\.isDigit) }
  }

  /// `007`, `1_000`, `1.0`, `1.2.3`, `.5`, `1e5`, `1.5E-3`.
  private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    let first = rest.first
    let hasDigit = first?.isDigit ?? false
    guard hasDigit || first == UInt8(ascii: ".") else { return false }
    rest = rest.drop { isDigitOrUnderscore($0) || $0 == UInt8(ascii: ".") }
    guard let exponent = rest.first else { return true }
    guard exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") else { return false }
    rest = rest.dropFirst()
    rest.skip { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    return !rest.isEmpty && rest.allSatisfy(\.isDigit)
  }

  /// `2026-01-01`, alone or followed by a time of day.
  private static func isTimestamp(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    guard rest.takeDigits(4...4), rest.skip({ $0 == UInt8(ascii: "-") }),
      rest.takeDigits(1...2), rest.skip({ $0 == UInt8(ascii: "-") }), rest.takeDigits(1...2)
    else { return false }
    guard let next = rest.first else { return true }
    return [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " "), UInt8(ascii: "\t")]
      .contains(next)
  }

  private static func isDigitOrUnderscore(_ byte: UInt8) -> Bool {
    byte.isDigit || byte == UInt8(ascii: "_")
  }
}

extension ArraySlice<UInt8> {
  /// Drops the first byte if it matches.
  @discardableResult
  fileprivate mutating func skip(_ fits: (UInt8) -> Bool) -> Bool {
    guard let byte = first, fits(byte) else { return false }
    removeFirst()
    return true
  }

  /// Drops the leading digits; false unless their number is in `count`.
  fileprivate mutating func takeDigits(_ count: ClosedRange<Int>) -> Bool {
    let digits = prefix(while: \.isDigit).count
    removeFirst(digits)
    return count.contains(digits)
  }
}
