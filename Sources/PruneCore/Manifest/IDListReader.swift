internal import Bytes

/// Reads a list of ids, one per line (docs/architecture.md, "Manifest"): LF or CRLF, an optional
/// byte order mark; a line whose first byte is `#` is a comment, an empty line is skipped; a line
/// is not trimmed.
struct IDListReader: ~Copyable {
  private var lines: LineReader
  private let file: UInt16

  /// Longer than any id, so that problems of a line can be reported.
  private static let maxLineBytes = 4 * UserID.maxBytes

  init(_ source: ByteSource, file: UInt16) {
    lines = LineReader(source, maxLineBytes: Self.maxLineBytes)
    self.file = file
  }

  /// Appends the ids to the last group of entries, and notes problems.
  mutating func read(
    into entries: inout Entries, _ diagnostics: inout Diagnostics
  ) throws(ListRefusal) {
    var ids = ListedIDs(.lines)
    while let line = try lines.nextOfList() {
      let range = lines.content(of: line)
      if range.isEmpty || lines.buffer[range.lowerBound] == UInt8(ascii: "#") { continue }
      let place = Place(file: file, line: lines.lineNumber, column: 1)
      if MergeMarker.begins(lines.buffer.span, range) {
        diagnostics.add(.error, at: place, .unresolvedMerge)
      } else if line.isOverlong {
        let mistake = ListedIDs.mistake(lines.buffer.span, range)
        diagnostics.add(
          .error, at: place,
          mistake.map { .listed($0, .lines) } ?? .idTooLong(moreThan: Self.maxLineBytes))
      } else if !ids.take(lines.buffer.span, range, at: place, into: &entries, &diagnostics) {
        return
      }
    }
  }
}

extension LineReader {
  /// The next line of a list, or nil at its end.
  mutating func nextOfList() throws(ListRefusal) -> Line? {
    try attempt(next()) { (error: ReadFailure) in ListRefusal.unreadable(error.message) }
  }

  /// The content of a line: without a byte order mark at the start of the file, and without the CR
  /// at its end.
  func content(of line: Line) -> Range<Int> {
    var range = line.range
    if lineNumber == 1, buffer[range].starts(with: [0xEF, 0xBB, 0xBF]) {
      range = (range.lowerBound + 3)..<range.upperBound
    }
    if line.isEnded, !line.isOverlong, let last = range.last, buffer[last] == UInt8(ascii: "\r") {
      range = range.lowerBound..<last
    }
    return range
  }
}
