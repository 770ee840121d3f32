internal import Bytes

/// How strings, numbers and words are read.
extension JSONReader {
  /// Reads `true` or `false`.
  public mutating func boolean() throws(JSONError) -> Bool {
    let isTrue = next() == UInt8(ascii: "t")
    try word(isTrue ? "true" : "false")
    return isTrue
  }

  /// Reads a whole number without fraction and exponent that fits.
  @inlinable public mutating func integer<Number: FixedWidthInteger>() throws(JSONError) -> Number {
    _ = next()
    let isNegative = take("-")
    let startsWithZero = peek() == UInt8(ascii: "0")
    var digits = 0
    var number: Number = 0
    while let byte = peek() {
      let digit = byte &- UInt8(ascii: "0")
      if digit > 9 { break }
      let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, isTooLargeNow) =
        isNegative
        ? tens.subtractingReportingOverflow(Number(digit))
        : tens.addingReportingOverflow(Number(digit))
      if isTooLarge || isTooLargeNow { throw JSONError() }
      number = sum
      position += 1
      digits += 1
    }
    guard digits == 1 || (digits > 1 && !startsWithZero) else { throw JSONError() }
    switch peek() {
    case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw JSONError()
    default: return number
    }
  }

  /// Reads a number of any kind, such as `-0.5e+10`, into `text`, as it is written.
  public mutating func readNumber() throws(JSONError) {
    _ = next()
    text.removeAll(keepingCapacity: true)
    keep("-")
    if !keep("0") { try keepDigits() }
    if keep(".") { try keepDigits() }
    guard keep("e") || keep("E") else { return }
    if !keep("+") { keep("-") }
    try keepDigits()
  }

  /// Takes a character of a number, if it comes next.
  @discardableResult
  private mutating func keep(_ character: Unicode.Scalar) -> Bool {
    guard take(character) else { return false }
    text.append(UInt8(ascii: character))
    return true
  }

  private mutating func keepDigits() throws(JSONError) {
    guard let first = peek(), first.isDigit else { throw JSONError() }
    while let byte = peek(), byte.isDigit {
      text.append(byte)
      position += 1
    }
  }

  /// Reads a string.
  public mutating func string() throws(JSONError) -> String {
    try readString()
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a string into `text`.
  public mutating func readString() throws(JSONError) {
    try expect("\"")
    text.removeAll(keepingCapacity: true)
    var isASCII = true
    while true {
      let start = position
      var byte: UInt8 = 0
      // What stands as it is, is copied as one.
      while position < bytes.count {
        byte = bytes[position]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
        if byte >= 0x80 { isASCII = false }
        position += 1
      }
      text.append(contentsOf: bytes[start..<position])
      if position == bytes.count {
        guard fill() else { throw JSONError() }
        continue
      }
      guard byte >= 0x20 else { throw JSONError() }
      position += 1
      if byte == UInt8(ascii: "\"") { break }
      if try !readEscape() { isASCII = false }
    }
    if !isASCII, String(validating: text, as: UTF8.self) == nil { throw JSONError() }
  }

  /// Reads what follows a backslash; whether it is ASCII.
  private mutating func readEscape() throws(JSONError) -> Bool {
    let letter = try take()
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "u"):
      var units = [try readUnit()]
      if UTF16.isLeadSurrogate(units[0]) {
        guard take("\\"), take("u") else { throw JSONError() }
        units.append(try readUnit())
      }
      guard let scalars = String(validating: units, as: UTF16.self) else { throw JSONError() }
      text.append(contentsOf: scalars.utf8)
      return units[0] < 0x80
    default: throw JSONError()
    }
    return true
  }

  /// Reads four hexadecimal digits.
  private mutating func readUnit() throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try take())).hexDigitValue else {
        throw JSONError()
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}
