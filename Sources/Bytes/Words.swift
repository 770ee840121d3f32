// Most of a long text is only passed over, so it is looked at eight bytes at a time.
extension Span<UInt8> {
  /// The eight bytes from `index` on as one number, the first one lowest.
  @inlinable package func word(at index: Int) -> UInt64 {
    precondition(index >= 0 && index <= count - 8)
    return unsafe UInt64(
      littleEndian: bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: index, as: UInt64.self))
  }

  /// The bytes of a range, eight at most, as one number, the first one highest, zeros after them.
  @inlinable package func leadingWord(_ range: Range<Int>) -> UInt64 {
    precondition(range.count <= 8)
    let start = range.lowerBound
    if start <= count - 8 {
      let word = word(at: start).byteSwapped
      return range.count < 8 ? word & ~(UInt64.max >> UInt64(8 * range.count)) : word
    }
    var word: UInt64 = 0
    for index in range { word |= UInt64(self[index]) << UInt64(56 - 8 * (index - start)) }
    return word
  }

  /// The index of the first byte of a range that is this one, or nil.
  @inlinable package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    precondition(range.upperBound <= count)
    let each: UInt64 = 0x0101_0101_0101_0101
    let sought = each * UInt64(byte)
    var index = range.lowerBound
    while index <= count - 8, index < range.upperBound {
      // Zero where the byte is the sought one; the lowest high bit then set is that of the first.
      let word = word(at: index) ^ sought
      let places = (word &- each) & ~word & (each * 0x80)
      if places != 0 {
        let found = index + places.trailingZeroBitCount / 8
        return found < range.upperBound ? found : nil
      }
      index += 8
    }
    while index < range.upperBound {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// Calls `body` with the index of each byte of a range that is this one, in order.
  @inlinable package func forEachIndex(
    of byte: UInt8, in range: Range<Int>, _ body: (Int) -> Void
  ) {
    precondition(range.upperBound <= count)
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    let sought: UInt64 = 0x0101_0101_0101_0101 * UInt64(byte)
    var index = range.lowerBound
    while index <= count - 8, index < range.upperBound {
      // Zero where the byte is the sought one; no sum of seven bits reaches into the next byte, so
      // the high bits are those of all of them.
      let word = word(at: index) ^ sought
      var places = ~((word & low) + low | word | low)
      while places != 0 {
        let found = index + places.trailingZeroBitCount / 8
        if found >= range.upperBound { return }
        body(found)
        places &= places - 1
      }
      index += 8
    }
    while index < range.upperBound {
      if self[index] == byte { body(index) }
      index += 1
    }
  }

  /// Whether all bytes of a range are ASCII.
  @inlinable package func isASCII(_ range: Range<Int>) -> Bool {
    precondition(range.upperBound <= count)
    var index = range.lowerBound
    while index + 8 <= range.upperBound {
      if word(at: index) & 0x8080_8080_8080_8080 != 0 { return false }
      index += 8
    }
    while index < range.upperBound {
      if self[index] >= 0x80 { return false }
      index += 1
    }
    return true
  }
}
