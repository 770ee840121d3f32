/// The column of a CSV file that contains the ids.
package enum CSVColumn: Equatable, Sendable {
  /// The column with this name in the first record, which is then a header. Compared byte for byte.
  case name(String)
  /// By its position, counted from 1. The file has no header then: every record contains an id.
  case number(Int)

  /// The highest column number.
  static let highest = 100_000
}
