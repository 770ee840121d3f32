internal import Bytes

/// Lines of a damaged file that were not salvaged: the first ones by number and description, all by
/// count.
package struct Losses: Equatable, Sendable {
  package struct Line: Equatable, Sendable {
    package let number: UInt32
    /// What is wrong with it.
    package let words: String
    /// Its beginning, unchanged: not safe to print.
    package let beginning: String
  }

  /// How many are kept.
  package static let shown = 100

  private static let beginningBytes = 60

  package private(set) var lines: [Line] = []
  package private(set) var count = 0

  package init() {}

  mutating func add(_ words: String, _ buffer: [UInt8], _ line: LineReader.Line, number: UInt32) {
    count += 1
    guard lines.count < Self.shown else { return }
    let beginning = String(decoding: buffer[line.range].prefix(Self.beginningBytes), as: UTF8.self)
    lines.append(Line(number: number, words: words, beginning: beginning))
  }
}
