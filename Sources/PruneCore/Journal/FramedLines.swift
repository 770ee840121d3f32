internal import Bytes

/// Reads the lines of a journal or of a tag file. A crash may leave the last one incomplete: it is
/// skipped.
struct FramedLines: ~Copyable {
  enum Failure: Error, Equatable {
    /// A line other than an incomplete last one has a wrong CRC or no end.
    case damaged(line: UInt32)
    /// The operating system's message.
    case unreadable(String)
  }

  /// Whether the last line was incomplete.
  private(set) var isTorn = false
  private var lines: LineReader

  init(_ source: ByteSource, maxLineBytes: Int) {
    lines = LineReader(source, maxLineBytes: maxLineBytes)
  }

  /// The number of the line last returned, or of the damaged one, counted from 1.
  var lineNumber: UInt32 { lines.lineNumber }

  /// The next line, or nil at the end.
  mutating func next() throws(Failure) -> FramedLine? {
    guard let line = try read() else { return nil }
    if let framed = FramedLine(lines.buffer, line) { return framed }
    let number = lineNumber
    guard mayBeTorn(line), try read() == nil else { throw .damaged(line: number) }
    isTorn = true
    return nil
  }

  /// Whether a crash may have left a line like this as the last one.
  private func mayBeTorn(_ line: LineReader.Line) -> Bool {
    // A truncated write has no LF. Nothing else tells a first line from those of another file.
    if lineNumber == 1 { return !line.isEnded && !line.isOverlong }
    if !line.isEnded { return true }
    // A lost block reads as zeros. If an intact line is at its end, it is two lines, and the LF
    // between them is damaged.
    return lines.buffer[line.range].contains(0) && !FramedLine.isAtEnd(of: line, lines.buffer)
  }

  private mutating func read() throws(Failure) -> LineReader.Line? {
    try attempt(lines.next()) { (error: ReadFailure) in Failure.unreadable(error.message) }
  }
}
