internal import Bytes
internal import Crypto

/// Writes a state in its one canonical form: the same header and records give the same bytes.
///
/// ```
/// imprune-state	1
/// app	1400000000
/// service	live
/// lineage	5f0c2a9be1d34788
/// serial	12
/// records	1
/// unfinished	-
/// UserID_1	remove-account	2	removed	2026-11-21T03:40:12Z	8f2c41d09ab3	-	-	-	-
/// checksum	sha256:...
/// ```
///
/// Columns of a record: id and operation; for the completed operation: revision, outcome, time,
/// run; for the last attempt, unless that is the completed one: revision, status, time, run. The
/// checksum covers every byte before its line.
package struct StateWriter: ~Copyable {
  private var buffer: [UInt8] = []
  private var hash = SHA256()

  /// Begins a state; `header.records` must be the number of records that will follow.
  package init(_ header: StateHeader) {
    line("imprune-state", String(StateHeader.version))
    line("app", header.app.description)
    line("service", header.service.rawValue)
    line("lineage", header.lineage.description)
    line("serial", String(header.serial))
    line("records", String(header.records))
    line("unfinished", header.unfinished?.description ?? "-")
  }

  /// Adds a record; the caller ensures the order of `RecordKey`.
  package mutating func append(_ record: StateRecord) {
    record.append(to: &buffer)
  }

  /// Adds a record by its line, which ends with LF.
  mutating func append(_ line: ArraySlice<UInt8>) { buffer.append(contentsOf: line) }

  /// Bytes written and not yet passed on.
  package var waiting: Int { buffer.count }

  /// Passes the bytes written since the last call to `sink`.
  package mutating func drain<Failure: Error>(
    to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try sink(buffer)
    hash.update(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Adds the checksum line and returns the rest.
  package consuming func finish() -> [UInt8] {
    hash.update(buffer)
    var bytes = buffer
    bytes.append(contentsOf: "checksum\tsha256:\(hash.finalize())\n".utf8)
    return bytes
  }

  private mutating func line(_ key: String, _ value: String) {
    buffer.append(contentsOf: "\(key)\t\(value)\n".utf8)
  }
}

extension StateRecord {
  /// No line is longer: an id, an operation, and twice a revision, a word, a time and a run.
  private static let longestLine = 200

  /// Appends the record's line and its LF.
  package func append(to bytes: inout [UInt8]) {
    bytes.append(addingCapacity: Self.longestLine) { write(to: &$0) }
  }

  private func write(to line: inout ByteRoom) {
    id.write(to: &line)
    line.appendColumn(operation.name)
    line.appendColumns(
      done.map { ($0.revision, $0.outcome.rawValue, $0.time, $0.run) })
    line.appendColumns(
      attempt.map { ($0.revision, $0.status.description, $0.time, $0.run) })
    line.append(UInt8(ascii: "\n"))
  }
}

extension ByteRoom {
  fileprivate mutating func appendColumn(_ text: String) {
    append(UInt8(ascii: "\t"))
    append(text)
  }

  /// Four columns, with dashes if there is nothing.
  fileprivate mutating func appendColumns(
    _ columns: (revision: Revision, word: String, time: Timestamp, run: RunID)?
  ) {
    guard let columns else { return appendColumn(StateRecord.nothing) }
    append(UInt8(ascii: "\t"))
    appendDecimal(UInt64(columns.revision.number))
    appendColumn(columns.word)
    append(UInt8(ascii: "\t"))
    columns.time.write(to: &self)
    append(UInt8(ascii: "\t"))
    columns.run.write(to: &self)
  }
}

extension StateRecord.Status: CustomStringConvertible {
  /// `failed(70402)` or `unknown`.
  package var description: String {
    switch self {
    case .failed(let code): "failed(\(code))"
    case .unknown: "unknown"
    }
  }

  init?(_ text: String) {
    if text == "unknown" {
      self = .unknown
    } else if text.hasPrefix("failed("), text.hasSuffix(")"),
      let number = Int32(canonical: String(text.dropFirst(7).dropLast()))
    {
      self = .failed(ServiceCode(number))
    } else {
      return nil
    }
  }
}
