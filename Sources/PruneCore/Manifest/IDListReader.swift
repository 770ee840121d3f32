internal import YAML

/// Reads a list of ids, one a line (DESIGN 3): LF or CRLF, one leading byte order mark; a line
/// whose first byte is `#` is a comment, an empty line is nothing; nothing is cut from a line.
struct IDListReader: ~Copyable {
  private var lines: LineReader
  private let file: UInt16

  /// Longer than any id, so that what is wrong with a line can be told.
  private static let maxLineBytes = 4 * UserID.maxBytes

  init(_ source: ByteSource, file: UInt16) {
    lines = LineReader(source, maxLineBytes: Self.maxLineBytes)
    self.file = file
  }

  /// Appends the ids to the group of entries started last, and notes what is wrong.
  mutating func read(
    into entries: inout Entries, _ diagnostics: inout Diagnostics
  ) throws(ListRefusal) {
    while let line = try nextLine() {
      var range = line.range
      if lines.lineNumber == 1, startsWithByteOrderMark(range) {
        range = (range.lowerBound + 3)..<range.upperBound
      }
      if line.isEnded, let last = range.last, lines.buffer[last] == UInt8(ascii: "\r") {
        range = range.lowerBound..<last
      }
      if range.isEmpty || lines.buffer[range.lowerBound] == UInt8(ascii: "#") { continue }
      let place = Place(file: file, line: lines.lineNumber, column: 1)
      if line.isOverlong {
        diagnostics.add(.error, at: place, .idTooLong(moreThan: Self.maxLineBytes))
        continue
      }
      switch UserIDRules.verdict(on: lines.buffer.span, range) {
      case .fine: break
      case .unusual(let problem): diagnostics.add(.warning, at: place, problem)
      case .refused(let problem):
        diagnostics.add(.error, at: place, problem)
        continue
      }
      guard let id = UserID(lines.buffer.span, range) else { continue }
      guard entries.list.count < Problem.userLimit else {
        diagnostics.add(.error, at: place, .tooManyUsers)
        return
      }
      entries.append(id, line: lines.lineNumber)
    }
  }

  private mutating func nextLine() throws(ListRefusal) -> LineReader.Line? {
    do throws(ReadFailure) {
      return try lines.next()
    } catch {
      throw .unreadable(error.message)
    }
  }

  private func startsWithByteOrderMark(_ range: Range<Int>) -> Bool {
    lines.buffer[range].starts(with: [0xEF, 0xBB, 0xBF])
  }
}
