/// A moment of the wall clock, in whole seconds, UTC; written `2026-11-21T03:40:12Z`.
package struct Timestamp: Hashable, Comparable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z; the years 1970 to 2105 and the
  /// first weeks of 2106.
  package let seconds: UInt32

  package init(seconds: UInt32) {
    self.seconds = seconds
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

  /// Seconds from `earlier` to this moment; negative if this one is the earlier.
  package func seconds(since earlier: Timestamp) -> Int { Int(seconds) - Int(earlier.seconds) }
}

extension Timestamp: CustomStringConvertible {
  package var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the twenty bytes of the written form.
  package func append(to bytes: inout [UInt8]) {
    let date = Self.date(ofDay: Int(seconds / 86_400))
    let time = Int(seconds % 86_400)
    bytes.appendDecimal(date.year, digits: 4)
    bytes.append(UInt8(ascii: "-"))
    bytes.appendDecimal(date.month, digits: 2)
    bytes.append(UInt8(ascii: "-"))
    bytes.appendDecimal(date.day, digits: 2)
    bytes.append(UInt8(ascii: "T"))
    bytes.appendDecimal(time / 3600, digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.appendDecimal(time / 60 % 60, digits: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.appendDecimal(time % 60, digits: 2)
    bytes.append(UInt8(ascii: "Z"))
  }

  /// Reads exactly the written form; nil for anything else.
  package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard range.count == 20 else { return nil }
    func number(_ offset: Int, _ digits: Int) -> Int? {
      var value = 0
      for index in 0..<digits {
        let digit = bytes[range.lowerBound + offset + index] &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        value = value * 10 + Int(digit)
      }
      return value
    }
    func isAt(_ offset: Int, _ byte: Unicode.Scalar) -> Bool {
      bytes[range.lowerBound + offset] == UInt8(ascii: byte)
    }
    guard let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
      let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
      isAt(4, "-"), isAt(7, "-"), isAt(10, "T"), isAt(13, ":"), isAt(16, ":"), isAt(19, "Z"),
      (1970...2106).contains(year), (1...12).contains(month), day >= 1,
      hour < 24, minute < 60, second < 60
    else { return nil }
    let days = Self.day(year: year, month: month, day: day)
    // A day that the month does not have comes back as another date.
    guard Self.date(ofDay: days) == (year, month, day),
      let seconds = UInt32(exactly: days * 86_400 + hour * 3600 + minute * 60 + second)
    else { return nil }
    self.seconds = seconds
  }

  // Days are counted from 1970-01-01 in years that begin on 1 March, so that the leap day is the
  // last of its year.

  private static func day(year: Int, month: Int, day: Int) -> Int {
    let year = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }

  private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
    let day = day + 719_468
    let era = day / 146_097
    let dayOfEra = day % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }
}

extension [UInt8] {
  /// Appends a number in decimal, padded with zeros to at least `digits`.
  package mutating func appendDecimal(_ number: some BinaryInteger, digits: Int = 1) {
    var written: InlineArray<20, UInt8> = .init(repeating: UInt8(ascii: "0"))
    var rest = UInt64(number)
    var start = written.count
    repeat {
      start -= 1
      written[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    for index in Swift.min(start, written.count - digits)..<written.count { append(written[index]) }
  }
}
