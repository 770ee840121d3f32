/// Cuts a source into lines at LF, holding no more than a chunk and one line.
package struct LineReader: ~Copyable {
  /// Where in `buffer` a line lies, without its LF.
  package struct Line {
    package var range: Range<Int>
    /// Whether the line ended with LF; the last one may not.
    package var isEnded: Bool
    /// Whether the line is longer than the limit; `range` then covers its beginning.
    package var isOverlong: Bool

    @inlinable package init(range: Range<Int>, isEnded: Bool, isOverlong: Bool) {
      self.range = range
      self.isEnded = isEnded
      self.isOverlong = isOverlong
    }
  }

  /// Holds the line last returned, until the next call.
  package private(set) var buffer: [UInt8] = []
  /// Number of the line last returned, counted from 1.
  package private(set) var lineNumber: UInt32 = 0

  private let source: ByteSource
  private let maxLineBytes: Int
  private var chunk: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  package init(_ source: ByteSource, maxLineBytes: Int) {
    self.source = source
    self.maxLineBytes = maxLineBytes
  }

  /// The next line, or nil at the end.
  package mutating func next() throws(ReadFailure) -> Line? {
    var searched = start
    while true {
      if let end = firstLF(from: searched) {
        let line = start..<end
        start = end + 1
        lineNumber &+= 1
        if line.count > maxLineBytes {
          return Line(
            range: line.lowerBound..<(line.lowerBound + maxLineBytes), isEnded: true,
            isOverlong: true)
        }
        return Line(range: line, isEnded: true, isOverlong: false)
      }
      if buffer.count - start > maxLineBytes { return try overlongLine() }
      searched = buffer.count - start
      if try !refill() {
        guard start < buffer.count else { return nil }
        let line = start..<buffer.count
        start = buffer.count
        lineNumber &+= 1
        return Line(range: line, isEnded: false, isOverlong: false)
      }
    }
  }

  private func firstLF(from index: Int) -> Int? {
    buffer.span.firstIndex(of: UInt8(ascii: "\n"), in: index..<buffer.count)
  }

  /// Moves what is left to the front and adds the next chunk; false at the end.
  private mutating func refill() throws(ReadFailure) -> Bool {
    if isAtEnd { return false }
    try source.read(into: &chunk)
    if chunk.isEmpty {
      isAtEnd = true
      return false
    }
    if start == buffer.count {
      swap(&buffer, &chunk)
    } else {
      buffer.removeSubrange(..<start)
      buffer.append(contentsOf: chunk)
    }
    start = 0
    return true
  }

  /// Keeps the beginning of a line that is too long and passes over the rest of it.
  private mutating func overlongLine() throws(ReadFailure) -> Line {
    lineNumber &+= 1
    let beginning = Array(buffer[start..<(start + maxLineBytes)])
    var isEnded = false
    start = buffer.count
    while try refill() {
      if let end = firstLF(from: 0) {
        start = end + 1
        isEnded = true
        break
      }
      start = buffer.count
    }
    buffer.replaceSubrange(..<start, with: beginning)
    start = beginning.count
    return Line(range: 0..<beginning.count, isEnded: isEnded, isOverlong: true)
  }
}
