import PruneCore
import TestSupport
import Testing

struct JournalFoldTests {
  private static let run = RunID(0xA)

  private func user(_ id: String, _ revision: UInt32 = 1) throws -> JournalRecord.User {
    .init(id: try #require(UserID(id)), revision: try #require(Revision(revision)))
  }

  private func intent(
    _ number: UInt32, _ ids: [String], at seconds: UInt32 = 10,
    _ operation: Operation = .removeAccount
  ) throws -> JournalRecord {
    .intent(
      .init(
        number: number, operation: operation, time: Timestamp(seconds: seconds),
        users: try ids.map { try user($0) }))
  }

  private func outcome(
    _ intent: UInt32, _ users: [UserOutcome?], at seconds: UInt32 = 20
  ) -> JournalRecord {
    .outcome(.init(intent: intent, time: Timestamp(seconds: seconds), users: users))
  }

  private func fold(_ records: [JournalRecord]) -> [StateChange] {
    var fold = JournalFold(run: Self.run)
    let isKnown = records.map { fold.add($0) }
    #expect(!isKnown.contains(false))
    return fold.finish().changes
  }

  @Test func `an intent without an outcome is unknown from the intent's time`() throws {
    let changes = fold([try intent(1, ["b", "a"])])
    #expect(changes.map(\.id.description) == ["a", "b"])
    #expect(changes.map(\.result) == [.unknown, .unknown])
    #expect(changes.map(\.time.seconds) == [10, 10])
    #expect(changes.map(\.run) == [Self.run, Self.run])
  }

  @Test func `each outcome belongs to its user, and an unattempted user leaves no change`() throws {
    let changes = fold([
      try intent(1, ["a", "b", "c", "d", "e"]),
      outcome(1, [.done(.removed), .failed(ServiceCode(70402)), .notAttempted, .unknown, nil]),
    ])
    #expect(changes.map(\.id.description) == ["a", "b", "d", "e"])
    #expect(
      changes.map(\.result) == [.done(.removed), .failed(ServiceCode(70402)), .unknown, .unknown])
    #expect(changes.map(\.time.seconds) == [20, 20, 10, 10])
  }

  @Test func `outcomes of one intent may come in parts and in any order of intents`() throws {
    let changes = fold([
      try intent(1, ["a", "b"]), try intent(2, ["c"]),
      outcome(2, [.done(.removed)]), outcome(1, [nil, .done(.alreadyAbsent)]),
      outcome(1, [.done(.removed), nil]),
    ])
    #expect(changes.map(\.result) == [.done(.removed), .done(.alreadyAbsent), .done(.removed)])
  }

  @Test func `the last sent intent of a user counts`() throws {
    #expect(
      fold([
        try intent(1, ["a"]), outcome(1, [.unknown]), try intent(2, ["a"], at: 30),
        outcome(2, [.done(.removed)], at: 40),
      ]).map(\.result) == [.done(.removed)])
    let back = fold([
      try intent(1, ["a"]), outcome(1, [.unknown]), try intent(2, ["a"], at: 30),
      outcome(2, [.notAttempted], at: 40),
    ])
    #expect(back.map(\.result) == [.unknown])
    #expect(back.map(\.time.seconds) == [10])
  }

  @Test func `a user found done is credited to the run that sent the call`() throws {
    let resolved = JournalRecord.resolved(
      .init(
        operation: .removeAccount, time: Timestamp(seconds: 5), run: RunID(0xB),
        user: try user("a"), outcome: .removed))
    let changes = fold([resolved])
    #expect(changes.map(\.run) == [RunID(0xB)])
    #expect(changes.map(\.time.seconds) == [5])
    #expect(changes.map(\.result) == [.done(.removed)])
  }

  @Test func `both operations of one user are kept, clears first`() throws {
    let changes = fold([
      try intent(1, ["a"], .removeAccount), try intent(2, ["a"], .clearTags),
    ])
    #expect(changes.map(\.operation) == [.clearTags, .removeAccount])
  }

  @Test func `records that refer to missing intents or users are refused`() throws {
    let steps: [(record: JournalRecord, isKnown: Bool)] = [
      (try intent(2, ["a"]), false), (outcome(1, [.unknown]), false),
      (try intent(1, ["a"]), true), (try intent(1, ["b"]), false),
      (outcome(0, [.unknown]), false), (outcome(2, [.unknown]), false),
      (outcome(1, [.unknown, .unknown]), false), (try intent(2, ["b", "c"]), true),
      // An outcome must never extend into another intent's users, nor stop short.
      (outcome(1, [.done(.removed), .done(.removed)]), false),
      (outcome(2, [.done(.removed)]), false),
    ]
    var fold = JournalFold(run: Self.run)
    for (index, step) in steps.enumerated() {
      let isKnown = fold.add(step.record)
      #expect(isKnown == step.isKnown, "step \(index)")
    }
    #expect(fold.finish().changes.map(\.result) == [.unknown, .unknown, .unknown])
  }
}
