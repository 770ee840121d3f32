/// A share in whole percent, 0 to 100.
package struct Percentage: Hashable, Sendable, CustomStringConvertible {
  package let number: Int

  /// Nil unless it is 0 to 100.
  package init?(_ number: Int) {
    guard (0...100).contains(number) else { return nil }
    self.number = number
  }

  /// Whether a part is at most this share of a whole.
  package func allows(_ part: Int, of whole: Int) -> Bool { part * 100 <= whole * number }

  package var description: String { "\(number)%" }
}
