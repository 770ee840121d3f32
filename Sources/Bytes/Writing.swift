#if compiler(>=6.3)
  /// Where a piece of a text is written.
  public typealias ByteRoom = OutputSpan<UInt8>
#else
  /// Where a piece of a text is written: Swift 6.2 has no room in the middle of an array.
  public typealias ByteRoom = [UInt8]

  extension [UInt8] {
    /// Lets `body` append bytes; the capacity is a hint for later versions.
    @inlinable public mutating func append<Failure: Error>(
      addingCapacity _: Int, _ body: (inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
      try body(&self)
    }
  }
#endif

/// How words and numbers are written: into a piece of a text whose room is made at once, since a
/// state of millions of lines has a dozen of them in each.
extension ByteRoom {
  @inlinable public mutating func append(_ text: String) {
    let bytes = text.utf8.span
    for index in bytes.indices { append(bytes[index]) }
  }

  /// The most digits that a number has.
  @inlinable public static var mostDigits: Int { 20 }

  /// Appends a number in decimal, padded with zeros to at least `digits`, 20 at most.
  @inlinable public mutating func appendDecimal(_ number: UInt64, digits: Int = 1) {
    var written = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
    var rest = number
    var start = written.count
    repeat {
      start -= 1
      written[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    for index in Swift.min(start, written.count - digits)..<written.count { append(written[index]) }
  }

  /// Appends a number below 100 as two digits.
  @inlinable public mutating func appendTwoDigits(_ number: UInt32) {
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
    append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
  }

  /// Appends the low bits of a number as lower-case hexadecimal digits, 16 at most.
  @inlinable public mutating func appendHex(_ number: UInt64, digits: Int) {
    for index in (0..<digits).reversed() {
      let digit = UInt8(truncatingIfNeeded: number >> UInt64(index * 4)) & 0xF
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}

extension [UInt8] {
  /// Appends a number in decimal, padded with zeros to at least `digits`, 20 at most.
  @inlinable public mutating func appendDecimal(_ number: some BinaryInteger, digits: Int = 1) {
    append(addingCapacity: ByteRoom.mostDigits) {
      $0.appendDecimal(UInt64(number), digits: digits)
    }
  }

  #if compiler(>=6.3)
    /// Appends the low bits of a number as lower-case hexadecimal digits, 16 at most.
    @inlinable public mutating func appendHex(_ number: UInt64, digits: Int) {
      append(addingCapacity: digits) { $0.appendHex(number, digits: digits) }
    }
  #endif
}
