internal import Bytes

/// A moment of the wall clock, in whole seconds, UTC; written `2026-11-21T03:40:12Z`.
package struct Timestamp: Hashable, Comparable, Sendable {
  /// Seconds since 1970-01-01T00:00:00Z; the years 1970 to 2105 and the
  /// first weeks of 2106.
  package let seconds: UInt32

  package init(seconds: UInt32) {
    self.seconds = seconds
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

  /// Seconds from `earlier` to this moment; negative if this moment is earlier.
  package func seconds(since earlier: Timestamp) -> Int { Int(seconds) - Int(earlier.seconds) }
}

extension Timestamp: CustomStringConvertible {
  package var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the twenty bytes of the text form.
  package func append(to bytes: inout [UInt8]) {
    bytes.append(addingCapacity: 20) { write(to: &$0) }
  }

  /// Writes the twenty bytes of the text form.
  func write(to text: inout ByteRoom) {
    let date = Self.date(ofDay: seconds / 86_400)
    let time = seconds % 86_400
    text.appendTwoDigits(date.year / 100)
    text.appendTwoDigits(date.year % 100)
    text.append(UInt8(ascii: "-"))
    text.appendTwoDigits(date.month)
    text.append(UInt8(ascii: "-"))
    text.appendTwoDigits(date.day)
    text.append(UInt8(ascii: "T"))
    text.appendTwoDigits(time / 3600)
    text.append(UInt8(ascii: ":"))
    text.appendTwoDigits(time / 60 % 60)
    text.append(UInt8(ascii: ":"))
    text.appendTwoDigits(time % 60)
    text.append(UInt8(ascii: "Z"))
  }

  /// Reads exactly the text form; nil for anything else.
  package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard range.count == 20 else { return nil }
    func twoDigits(_ offset: Int) -> UInt32? {
      let tens = bytes[range.lowerBound + offset] &- UInt8(ascii: "0")
      let ones = bytes[range.lowerBound + offset + 1] &- UInt8(ascii: "0")
      return tens <= 9 && ones <= 9 ? UInt32(tens) * 10 + UInt32(ones) : nil
    }
    func isAt(_ offset: Int, _ byte: Unicode.Scalar) -> Bool {
      bytes[range.lowerBound + offset] == UInt8(ascii: byte)
    }
    guard let century = twoDigits(0), let yearOfCentury = twoDigits(2),
      let month = twoDigits(5), let day = twoDigits(8),
      let hour = twoDigits(11), let minute = twoDigits(14), let second = twoDigits(17),
      isAt(4, "-"), isAt(7, "-"), isAt(10, "T"), isAt(13, ":"), isAt(16, ":"), isAt(19, "Z")
    else { return nil }
    let year = century * 100 + yearOfCentury
    guard (1970...2106).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.days(inMonth: month, of: year), hour < 24, minute < 60, second < 60
    else { return nil }
    let days = Self.day(year: year, month: month, day: day)
    let time = hour * 3600 + minute * 60 + second
    guard let seconds = UInt32(exactly: UInt64(days) * 86_400 + UInt64(time)) else { return nil }
    self.seconds = seconds
  }

  private static func days(inMonth month: UInt32, of year: UInt32) -> UInt32 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  // Counts days from 1970-01-01 in years that begin on 1 March, so that the leap day is the last
  // day of its year.

  private static func day(year: UInt32, month: UInt32, day: UInt32) -> UInt32 {
    let year = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }

  private static func date(ofDay day: UInt32) -> (year: UInt32, month: UInt32, day: UInt32) {
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
