package import YAML

/// Takes from a damaged journal every line that is whole (`state repair`).
///
/// Users with an intent and no outcome that can be read are unknown, as always. If the first line is
/// lost, run and state are not known either: all users are then unknown, whatever is said of them,
/// so that they are read before anything else happens to them.
package struct JournalSalvage: Equatable, Sendable {
  /// Nil if it is lost.
  package let header: JournalHeader?
  /// Sorted, one a key.
  package let changes: [StateChange]
  /// Lines that hold nothing that can be read, or speak of an intent that is lost.
  package private(set) var losses = Losses()

  /// The run of users whose run is lost.
  static let lostRun = RunID(0)

  package init(_ source: ByteSource) throws(JournalError) {
    var lines = LineReader(source, maxLineBytes: JournalReader.maxLineBytes)
    var header: JournalHeader?
    var fold = JournalFold(run: Self.lostRun, allowsGaps: true)
    var isJournal = false
    while let line = try lines.nextJournalLine() {
      let number = lines.lineNumber
      var pieces = JournalLine.pieces(of: line, lines.buffer)
      isJournal = isJournal || !pieces.isEmpty
      if number == 1, let first = pieces.first, first.kind == "journal" {
        header = try JournalReader.header(first)
        if let header { fold = JournalFold(run: header.run, allowsGaps: true) }
        pieces.removeFirst()
        if pieces.isEmpty { continue }
      }
      var loss = pieces.isEmpty ? "not a whole line of a journal" : nil
      for piece in pieces {
        guard let record = piece.record() else {
          loss = "not a record of a journal"
          continue
        }
        if header == nil, !record.isIntent { continue }
        if !fold.add(record) { loss = "does not fit what stands before it" }
      }
      if let loss { losses.add(loss, lines.buffer, line, number: number) }
    }
    guard isJournal else { throw .notAJournal }
    self.header = header
    changes = fold.finish().changes
  }
}

extension JournalLine {
  /// The whole lines in what stands between two ends of lines: the line itself, or two with damage
  /// where the end of the first was.
  fileprivate static func pieces(of line: LineReader.Line, _ buffer: [UInt8]) -> [JournalLine] {
    if let whole = JournalLine(buffer, line) { return [whole] }
    guard !line.isOverlong else { return [] }
    func piece(_ range: Range<Int>) -> JournalLine? {
      JournalLine(buffer, .init(range: range, isEnded: line.isEnded, isOverlong: false))
    }
    for start in line.range.dropFirst() {
      guard let second = piece(start..<line.range.upperBound) else { continue }
      let first = piece(line.range.lowerBound..<(start - 1))
      return [first, second].compactMap { $0 }
    }
    return []
  }
}
