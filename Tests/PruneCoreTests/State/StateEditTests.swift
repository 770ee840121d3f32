import PruneCore
import TestSupport
import Testing

/// The effect of `state resolve` and `state forget` on records.
@Suite struct StateEditTests {
  /// One record per line: id, operation, done revision or `-`, attempt such as `2?` (unknown) or
  /// `2!70402` (failed) or `-`.
  private static let records = """
    a remove-account 1 -
    b clear-tags 1 -
    b remove-account - 1?
    c clear-tags - 2?
    c remove-account 1 3?
    d remove-account - 1!70402
    """

  private func outcome(
    _ decision: StateEdit.Decision, _ ids: [String], _ operation: Operation? = nil
  ) throws -> (outcome: StateEdit.Outcome, after: [String]) {
    let edit = try #require(
      StateEdit(decision, ids: ids.compactMap { UserID($0) }, operation: operation))
    let state = try RecordText.state(Self.records)
    var cursor = try state.cursor()
    let outcome = try edit.outcome(for: &cursor)
    var edited = EditedState(try state.cursor(), outcome.changes)
    var after: [String] = []
    while let record = try edited.next() { after.append(RecordText.text(record)) }
    #expect(outcome.records == after.count)
    return (outcome, after)
  }

  private func expect(
    _ decision: StateEdit.Decision, _ ids: [String], _ operation: Operation? = nil,
    turns lines: [String: String?], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (outcome, after) = try outcome(decision, ids, operation)
    let expected = Self.records.split(separator: "\n").map(String.init).compactMap { line in
      lines[line] ?? .some(line)
    }
    #expect(after == expected, sourceLocation: sourceLocation)
    #expect(outcome.refusals == [], sourceLocation: sourceLocation)
    #expect(outcome.changes.count == lines.count, sourceLocation: sourceLocation)
  }

  @Test func `resolving as done credits the run that sent the call`() throws {
    try expect(
      .done(.removed), ["c", "b", "b"],
      turns: [
        "b remove-account - 1?": "b remove-account 1 -",
        "c remove-account 1 3?": "c remove-account 3 -",
      ])
    try expect(
      .done(.cleared), ["c"], turns: ["c clear-tags - 2?": "c clear-tags 2 -"])
    let change = try #require(try outcome(.done(.removed), ["b"]).outcome.changes.first)
    #expect(change.after?.done?.time == change.before?.attempt?.time)
    #expect(change.after?.done?.run == change.before?.attempt?.run)
    #expect(change.after?.done?.outcome == .removed)
  }

  @Test func `resolving as open keeps only earlier completed revisions`() throws {
    try expect(.open, ["b"], turns: ["b remove-account - 1?": nil])
    try expect(
      .open, ["c"], .removeAccount, turns: ["c remove-account 1 3?": "c remove-account 1 -"])
  }

  @Test func `a user resolved as open is planned again`() throws {
    let manifest = try #require(
      readManifest(manifest(users: "{id: b, account: absent}")).manifest)
    let (_, after) = try outcome(.open, ["b"])
    let before = try makePlan(manifest, RecordText.state(Self.records))
    #expect(before.items.map(\.cause) == [.unknown])
    let plan = try makePlan(manifest, RecordText.state(after.joined(separator: "\n")))
    #expect(plan.items.map(\.cause) == [.new])
    #expect(!plan.unresolved.contains { $0.id == UserID("b") })
  }

  @Test func `forgetting removes the records of one or both operations`() throws {
    try expect(
      .forget, ["b", "d"],
      turns: [
        "b clear-tags 1 -": nil, "b remove-account - 1?": nil,
        "d remove-account - 1!70402": nil,
      ])
    try expect(.forget, ["b"], .clearTags, turns: ["b clear-tags 1 -": nil])
  }

  @Test func `an edit of other users is refused by name and changes nothing`() throws {
    func refusals(
      _ decision: StateEdit.Decision, _ ids: [String], _ operation: Operation? = nil
    ) throws -> [StateEdit.Refusal] {
      try outcome(decision, ids, operation).outcome.refusals
    }
    let id = try ["a", "b", "c", "d", "e", "0"].map { try #require(UserID($0)) }
    let records = try RecordText.state(Self.records).records
    #expect(
      try refusals(.open, ["e", "0", "b"]) == [.noRecord(id[5], nil), .noRecord(id[4], nil)])
    #expect(try refusals(.open, ["a"]) == [.notUnknown(id[0], nil, [records[0]])])
    #expect(try refusals(.open, ["d"]) == [.notUnknown(id[3], nil, [records[5]])])
    #expect(try refusals(.open, ["c"]) == [.bothUnknown(id[2])])
    #expect(
      try refusals(.done(.cleared), ["b"])
        == [.notUnknown(id[1], .clearTags, [records[1], records[2]])])
    #expect(try refusals(.forget, ["e"], .clearTags) == [.noRecord(id[4], nil)])
    #expect(try refusals(.forget, ["a"], .clearTags) == [.noRecord(id[0], .clearTags)])
  }

  @Test func `a decision about a run changes the users whom that run left unknown`() throws {
    let state = try RecordText.state(Self.records)
    var cursor = try state.cursor()
    var unknowns: [StateRecord] = []
    while let record = try cursor.next() {
      if record.attempt?.status == .unknown { unknowns.append(record) }
    }
    #expect(unknowns.count == 3)
    let run = try #require(unknowns[0].attempt).run
    func outcome(
      _ decision: StateEdit.Decision, of run: RunID, _ operation: Operation? = nil
    ) throws -> StateEdit.Outcome {
      let edit = try #require(StateEdit(decision, unknownsOf: run, operation: operation))
      var cursor = try state.cursor()
      return try edit.outcome(for: &cursor)
    }
    #expect(try outcome(.open, of: run).changes.map(\.before) == unknowns)
    #expect(try outcome(.open, of: run).changes.map(\.after?.attempt) == [nil, nil, nil])
    let removals = unknowns.filter { $0.operation == .removeAccount }
    let removed = try outcome(.done(.removed), of: run)
    #expect(removed.changes.map(\.before) == removals)
    #expect(removed.changes.allSatisfy { $0.after?.done?.outcome == .removed })
    #expect(try outcome(.open, of: run, .removeAccount).changes.map(\.before) == removals)
    let other = RunID(run.number + 1)
    #expect(try outcome(.open, of: other).refusals == [.noneUnknown(of: other, nil)])
    #expect(try outcome(.open, of: other).changes == [])
    #expect(StateEdit(.done(.removed), unknownsOf: run, operation: .clearTags) == nil)
  }

  @Test func `a decision must be a possible outcome of the operation`() throws {
    let id = try #require(UserID("a"))
    #expect(StateEdit(.done(.removed), ids: [id], operation: .clearTags) == nil)
    #expect(StateEdit(.done(.cleared), ids: [id], operation: .removeAccount) == nil)
    #expect(StateEdit(.done(.removed), ids: [id], operation: .removeAccount) != nil)
  }
}
