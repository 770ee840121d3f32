/// Which column of a CSV file holds the ids.
enum CSVColumn: Equatable {
  /// The column that the first record gives this name; the record is a header then. Compared byte for
  /// byte.
  case name(String)
  /// By its place, counted from 1. The file has no header then: every record holds an id.
  case number(Int)

  /// The highest number of a column that can be asked for.
  static let highest = 100_000
}
