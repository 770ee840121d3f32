import PruneCore
import Testing

/// The journal of an interrupted run beside a `StateFixture`: `done` is sent again at revision 2,
/// `late` is removed.
enum JournalFixture {
  /// Its lines, each with its line break.
  static func lines() throws -> [[UInt8]] {
    let header = JournalHeader(
      app: try #require(SDKAppID(1_400_000_000)), service: .loopback,
      lineage: Lineage(0x1234_5678_9ABC_DEF0), serial: 3, run: RunID(0xFEED),
      digest: try #require(PlanDigest(hex: String(repeating: "0a", count: 32))))
    var first: [UInt8] = []
    header.append(to: &first)
    let records = [
      try intent(1, "done", 2), try intent(2, "late", 1),
      .outcome(
        .init(intent: 2, time: Timestamp(seconds: 1_767_322_001), users: [.done(.removed)])),
    ]
    return [first]
      + records.map { record in
        var line: [UInt8] = []
        record.append(to: &line)
        return line
      }
  }

  private static func intent(
    _ number: UInt32, _ id: String, _ revision: UInt32
  ) throws -> JournalRecord {
    .intent(
      .init(
        number: number, operation: .removeAccount, time: Timestamp(seconds: 1_767_322_000),
        users: [.init(id: try #require(UserID(id)), revision: try #require(Revision(revision)))]))
  }
}
