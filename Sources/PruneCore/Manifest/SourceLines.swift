package import Bytes

/// Rereads single lines of a text, to show them with a problem.
package enum SourceLines {
  /// A longer line is truncated.
  private static let maxBytes = 4096

  /// The lines with these numbers, counted from 1; omits missing ones.
  package static func read(
    _ numbers: Set<UInt32>, _ source: ByteSource
  ) throws(ReadFailure) -> [UInt32: String] {
    var found: [UInt32: String] = [:]
    guard let last = numbers.max() else { return found }
    var reader = LineReader(source, maxLineBytes: maxBytes)
    while reader.lineNumber < last, let line = try reader.next() {
      guard numbers.contains(reader.lineNumber) else { continue }
      found[reader.lineNumber] = String(decoding: reader.buffer[line.range], as: UTF8.self)
    }
    return found
  }
}
