internal import Bytes

/// The place of an entry in the log of a shared state, counted from 1; 0 is before the first.
package struct LogIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let number: UInt64

  package static let start = LogIndex(unchecked: 0)

  /// Nil above 99,999,999: a name has eight digits.
  package init?(_ number: UInt64) {
    guard number <= Self.most else { return nil }
    self.number = number
  }

  private init(unchecked number: UInt64) {
    self.number = number
  }

  private static let most: UInt64 = 99_999_999

  /// Reads decimal digits, as a store keeps them; nil for anything else.
  package init?(_ text: String) {
    guard (1...8).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit),
      let number = UInt64(text)
    else { return nil }
    self.init(number)
  }

  /// The index after this one. At one entry every 5 s, the log is full after 15 years.
  package var next: LogIndex { LogIndex(unchecked: number + 1) }

  /// The index before this one.
  package var previous: LogIndex {
    precondition(number > 0, "nothing is before the log of a shared state")
    return LogIndex(unchecked: number - 1)
  }

  package static func < (left: LogIndex, right: LogIndex) -> Bool { left.number < right.number }

  /// Eight digits, so that names sort as numbers do.
  package var description: String {
    var bytes: [UInt8] = []
    bytes.appendDecimal(number, digits: 8)
    return String(decoding: bytes, as: UTF8.self)
  }
}
