internal import Bytes

/// The effect of folding a journal into a state, computed beforehand: the header, which is written
/// first, has the number of records.
///
/// It looks only at the key of most lines, and after the last change not even at that, which takes
/// a fraction of the time of reading them, and it verifies nothing: code that uses a forecast reads
/// the state itself to its end.
package struct StateForecast: Equatable, Sendable {
  /// How many records there will be.
  package private(set) var records = 0
  /// Whether a record changes, or is new.
  package private(set) var hasChanges = false

  /// Scans a state whose header was read; `changes` are sorted, one per key.
  package init(
    _ reader: consuming StateReader, _ changes: [StateChange], by rule: FoldRule = .successor
  ) throws(StateError) {
    var lines = reader.lines
    var next = 0
    while next < changes.count, let line = try lines.nextStateLine(),
      let key = try lines.key(in: line)
    {
      records += 1
      while next < changes.count, changes[next].key < key {
        records += 1
        hasChanges = true
        next += 1
      }
      if next < changes.count, changes[next].key == key {
        let record = try lines.record(in: line)
        if changes[next].folded(into: record, by: rule) != record { hasChanges = true }
        next += 1
      }
    }
    while let line = try lines.nextStateLine(), !lines.isTrailer(line) { records += 1 }
    if next < changes.count {
      records += changes.count - next
      hasChanges = true
    }
  }
}

extension LineReader {
  /// Only a line that begins like the trailer is split into columns to check it.
  fileprivate func isTrailer(_ line: Line) -> Bool {
    guard let first = line.range.first, buffer[first] == UInt8(ascii: "c") else { return false }
    return Fields(buffer.span, line.range).isTrailer(buffer.span)
  }

  /// The key of a line's record; nil if the line is the trailer.
  fileprivate func key(in line: Line) throws(StateError) -> RecordKey? {
    let bytes = buffer.span
    let tab = UInt8(ascii: "\t")
    guard let first = bytes.firstIndex(of: tab, in: line.range),
      let second = bytes.firstIndex(of: tab, in: (first + 1)..<line.range.upperBound)
    else { return nil }
    guard let id = UserID(bytes, line.range.lowerBound..<first),
      let operation = Operation(bytes, (first + 1)..<second)
    else { return try record(in: line).key }
    return RecordKey(id: id, operation: operation)
  }

  fileprivate func record(in line: Line) throws(StateError) -> StateRecord {
    try StateRecord(buffer.span, Fields(buffer.span, line.range), line: lineNumber)
  }
}
