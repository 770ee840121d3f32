package import Bytes

/// Takes every intact line from a damaged journal (`state repair`).
///
/// Users with an intent but no readable outcome are unknown, as always. If the first line is lost,
/// run and state are not known either: then all users are unknown, whatever the lines say about
/// them, so that a run asks the service about them before it does anything else.
package struct JournalSalvage: Equatable, Sendable {
  /// Nil if it is lost.
  package let header: JournalHeader?
  /// Sorted, one per key.
  package let changes: [StateChange]
  /// Lines that are unreadable, or that refer to a lost intent.
  package private(set) var losses = Losses()

  /// The run of users whose run is unknown.
  static let lostRun = RunID(0)

  package init(_ source: ByteSource) throws(JournalError) {
    var lines = LineReader(source, maxLineBytes: JournalReader.maxLineBytes)
    var header: JournalHeader?
    var fold = JournalFold(run: Self.lostRun, allowsGaps: true)
    var isJournal = false
    while let line = try lines.nextJournalLine() {
      let number = lines.lineNumber
      var pieces = FramedLine.pieces(of: line, lines.buffer)
      isJournal = isJournal || !pieces.isEmpty
      if number == 1, let first = pieces.first, first.kind == JournalHeader.kind {
        header = try JournalReader.header(first)
        if let header { fold = JournalFold(run: header.run, allowsGaps: true) }
        pieces.removeFirst()
        if pieces.isEmpty { continue }
      }
      var loss = pieces.isEmpty ? "not a complete journal line" : nil
      for piece in pieces {
        guard let record = piece.record() else {
          loss = "not a journal record"
          continue
        }
        if header == nil, !record.isIntent { continue }
        if !fold.add(record) { loss = "inconsistent with the lines before it" }
      }
      if let loss { losses.add(loss, lines.buffer, line, number: number) }
    }
    guard isJournal else { throw .notAJournal }
    self.header = header
    changes = fold.finish().changes
  }
}

extension LineReader {
  fileprivate mutating func nextJournalLine() throws(JournalError) -> Line? {
    try attempt(next()) { (error: ReadFailure) in JournalError.unreadable(error.message) }
  }
}

extension FramedLine {
  /// The intact lines between two line breaks: the line itself, or two lines with a damaged line
  /// break between them.
  fileprivate static func pieces(of line: LineReader.Line, _ buffer: [UInt8]) -> [FramedLine] {
    if let whole = FramedLine(buffer, line) { return [whole] }
    guard !line.isOverlong else { return [] }
    func piece(_ range: Range<Int>) -> FramedLine? {
      FramedLine(buffer, .init(range: range, isEnded: line.isEnded, isOverlong: false))
    }
    for start in line.range.dropFirst() {
      guard let second = piece(start..<line.range.upperBound) else { continue }
      let first = piece(line.range.lowerBound..<(start - 1))
      return [first, second].compactMap { $0 }
    }
    return []
  }
}
