internal import Bytes

/// An id that a spreadsheet or a script has mangled as a number.
enum MangledNumber {
  /// True for `1.58E+18` and `12.0`. An exponent without a point and a sign does not count: `12e4` may
  /// be hexadecimal.
  static func isMangled(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let first = range.first, bytes[first] <= UInt8(ascii: "9") else { return false }
    var index = first
    if isSign(bytes, index, range) { index += 1 }
    let whole = digits(bytes, index..<range.upperBound)
    index += whole
    // Most numbers are only digits.
    guard whole > 0, index < range.upperBound else { return false }
    var isLong = false
    if bytes[index] == UInt8(ascii: ".") {
      let start = index + 1
      let fraction = digits(bytes, start..<range.upperBound)
      index = start + fraction
      if index == range.upperBound {
        return fraction > 0 && (start..<index).allSatisfy { bytes[$0] == UInt8(ascii: "0") }
      }
      if fraction == 0 { return false }
      isLong = true
    }
    guard bytes[index] | 0x20 == UInt8(ascii: "e") else { return false }
    index += 1
    if isSign(bytes, index, range) {
      index += 1
      isLong = true
    }
    let exponent = digits(bytes, index..<range.upperBound)
    return isLong && exponent > 0 && index + exponent == range.upperBound
  }

  private static func isSign(_ bytes: Span<UInt8>, _ index: Int, _ range: Range<Int>) -> Bool {
    index < range.upperBound
      && (bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-"))
  }

  /// How many digits a range starts with.
  private static func digits(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    var index = range.lowerBound
    while index < range.upperBound, bytes[index].isDigit { index += 1 }
    return index - range.lowerBound
  }
}
