import PruneCore
import TestSupport
import Testing

/// Records in a test's notation, one per line: id, operation, done revision or `-`, last attempt or
/// `-`. An attempt is a revision with `?` (unknown) or `!` and a code (failed). `@` and a number
/// after a revision are its time, by default 100.
enum RecordText {
  static let run = RunID(0xA)

  static func state(
    _ text: String, serial: UInt64 = 4, unfinished: Unfinished? = nil
  ) throws -> WholeState {
    let records = try text.split(separator: "\n").map { try record(String($0)) }
    let header = StateHeader(
      app: try #require(SDKAppID(7)), service: .loopback, lineage: Lineage(0x1234), serial: serial,
      records: records.count, unfinished: unfinished)
    return WholeState(header: header, records: records)
  }

  static func record(_ line: String) throws -> StateRecord {
    let words = line.split(separator: " ").map(String.init)
    try #require(words.count == 4)
    let operation = try #require(Operation(name: words[1]))
    var record = StateRecord(id: try #require(UserID(words[0])), operation: operation)
    if words[2] != "-" {
      let (revision, time, _) = try parts(words[2])
      record.done = .init(
        revision: revision, outcome: operation == .clearTags ? .cleared : .removed, time: time,
        run: run)
    }
    if words[3] != "-" {
      let (revision, time, status) = try parts(words[3])
      record.attempt = .init(
        revision: revision, status: try #require(status), time: time, run: run)
    }
    return record
  }

  /// `2@30?` is revision 2 at 30, unknown.
  private static func parts(
    _ word: String
  ) throws -> (Revision, Timestamp, StateRecord.Status?) {
    let match = try #require(word.wholeMatch(of: /(\d+)(?:@(\d+))?(\?|!-?\d+)?/))
    let status: StateRecord.Status? =
      match.3.map { $0 == "?" ? .unknown : .failed(ServiceCode(Int32($0.dropFirst()) ?? 0)) }
    return (
      try #require(UInt32(match.1).flatMap { Revision($0) }),
      Timestamp(seconds: match.2.flatMap { UInt32($0) } ?? 100), status
    )
  }

  static func text(_ record: StateRecord) -> String {
    func time(_ time: Timestamp) -> String { time.seconds == 100 ? "" : "@\(time.seconds)" }
    let done = record.done.map { "\($0.revision)\(time($0.time))" } ?? "-"
    let attempt = record.attempt.map { attempt in
      let end =
        switch attempt.status {
        case .unknown: "?"
        case .failed(let code): "!\(code)"
        }
      return "\(attempt.revision)\(time(attempt.time))\(end)"
    }
    return "\(record.id) \(record.operation.name) \(done) \(attempt ?? "-")"
  }
}
