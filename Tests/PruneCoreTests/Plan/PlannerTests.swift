import PruneCore
import TestSupport
import Testing

/// What is done, left alone or resolved first (docs/architecture.md, "What a plan decides").
@Suite struct PlannerTests {
  /// A record of a user, by default `a`.
  private func record(
    _ operation: Operation = .removeAccount, done: UInt32? = nil,
    attempt: (revision: UInt32, status: StateRecord.Status)? = nil, id: String = "a"
  ) throws -> StateRecord {
    var record = StateRecord(id: try #require(UserID(id)), operation: operation)
    if let done {
      record.done = .init(
        revision: try #require(Revision(done)),
        outcome: operation == .clearTags ? .cleared : .removed, time: Timestamp(seconds: 1),
        run: RunID(1))
    }
    if let attempt {
      record.attempt = .init(
        revision: try #require(Revision(attempt.revision)), status: attempt.status,
        time: Timestamp(seconds: 2), run: RunID(2))
    }
    return record
  }

  private func state(_ records: StateRecord...) throws -> WholeState {
    WholeState(
      header: StateHeader(
        app: try #require(SDKAppID(1_400_000_000)), service: .live, lineage: Lineage(1)),
      records: records)
  }

  private func plan(_ users: String, _ state: WholeState?) throws -> Plan {
    try makePlan(expectManifest(manifest(users: users)), state)
  }

  /// The cause of the single item, or nil if the user is unchanged.
  private func cause(wanted: Int, _ state: WholeState?) throws -> Plan.Cause? {
    let plan = try plan("{id: a, account: absent, revision: \(wanted)}", state)
    #expect(plan.items.count + plan.unchanged == 1)
    return plan.items.first?.cause
  }

  @Test func `without a state every item is new`() throws {
    let plan = try plan("{ids: [a, b], account: absent}", nil)
    #expect(plan.state == nil)
    #expect(plan.items.map(\.cause) == [.new, .new])
    #expect(plan.counts.numbers == [2, 0, 0, 0, 0])
  }

  @Test func `an item done at the wanted revision or above is unchanged`() throws {
    #expect(try cause(wanted: 1, state(record(done: 1))) == nil)
    #expect(try cause(wanted: 1, state(record(done: 3))) == nil)
    #expect(try cause(wanted: 3, state(record(done: 3))) == nil)
  }

  @Test func `a done item is unchanged, whatever its last attempt`() throws {
    let failed = StateRecord.Status.failed(ServiceCode(70_500))
    for status in [failed, .unknown] {
      for revision in [1, 2, 3] as [UInt32] {
        let state = try state(record(done: 2, attempt: (revision, status)))
        #expect(try cause(wanted: 1, state) == nil)
        #expect(try cause(wanted: 2, state) == nil)
      }
    }
  }

  @Test func `a higher revision is done again`() throws {
    #expect(try cause(wanted: 2, state(record(done: 1))) == .again)
    #expect(
      try cause(wanted: 3, state(record(done: 1, attempt: (2, .failed(ServiceCode(5)))))) == .again)
    #expect(try cause(wanted: 3, state(record(done: 1, attempt: (2, .unknown)))) == .again)
  }

  @Test func `a failed item is tried again and shows its failure`() throws {
    let failed = StateRecord.Status.failed(ServiceCode(70_500))
    #expect(
      try cause(wanted: 1, state(record(attempt: (1, failed)))) == .retry(ServiceCode(70_500)))
    #expect(
      try cause(wanted: 2, state(record(done: 1, attempt: (2, failed))))
        == .retry(ServiceCode(70_500)))
  }

  @Test func `an unknown item is resolved first`() throws {
    let plan = try plan("{id: a, account: absent}", state(record(attempt: (1, .unknown))))
    #expect(plan.items.map(\.cause) == [.unknown])
    #expect(plan.unresolved.map(\.id) == [UserID("a")])
    #expect(plan.counts.numbers == [0, 0, 0, 0, 1])
    #expect(try cause(wanted: 2, state(record(done: 1, attempt: (2, .unknown)))) == .unknown)
  }

  @Test func `a higher revision replaces an unknown record`() throws {
    #expect(try cause(wanted: 2, state(record(attempt: (1, .unknown)))) == .new)
    #expect(try cause(wanted: 2, state(record(attempt: (1, .failed(ServiceCode(1)))))) == .new)
  }

  @Test func `an unlisted user is left alone, and only read if unknown`() throws {
    let plan = try plan(
      "{id: m, account: absent}",
      state(
        record(attempt: (1, .failed(ServiceCode(1))), id: "a"), record(done: 1, id: "b"),
        record(done: 1, id: "m"), record(attempt: (1, .unknown), id: "z")))
    #expect(plan.items.isEmpty)
    #expect(plan.unchanged == 1)
    #expect(plan.unresolved.map(\.id) == [UserID("z")])
    #expect(!plan.isEmpty)
    #expect(!plan.isRefused)
  }

  @Test func `a plan with nothing to do is empty`() throws {
    let plan = try plan("{id: a, account: absent}", state(record(done: 1)))
    #expect(plan.isEmpty)
    #expect(!plan.isRefused)
    #expect(plan.counts.numbers == [0, 0, 1, 0, 0])
  }

  @Test func `a record of the other operation does not count`() throws {
    #expect(try cause(wanted: 1, state(record(.clearTags, done: 1))) == .new)
    #expect(try cause(wanted: 1, state(record(.clearTags, done: 1), record(done: 1))) == nil)
    let plan = try plan("{id: a, tags: []}", state(record(.removeAccount, done: 9)))
    #expect(plan.items.map(\.cause) == [.new])
  }

  @Test func `an unreadable state gives no plan`() throws {
    let manifest = try expectManifest(manifest(users: "{id: a, account: absent}"))
    var state = try state(record(done: 1))
    state.records.append(state.records[0])
    #expect(throws: StateError.outOfOrder(line: 9)) { try makePlan(manifest, state) }
  }

  // MARK: - Against a model

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `random manifests and states are planned like a naive model`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let users = 1 + random.below(120)
    let state = try randomState(&random, users: users)
    var goals: [(id: String, removes: Bool, revision: Int)] = []
    for user in 0..<(users + 20) where random.oneIn(2) {
      goals.append((format(user), random.oneIn(2), 1 + random.below(4)))
    }
    guard !goals.isEmpty else { return }
    goals.shuffle(using: &random)
    let text =
      head + "guards: {max_removals: 1000, max_clears: 1000}\nusers:\n"
      + goals.map {
        "  - {id: \($0.id), \($0.removes ? "account: absent" : "tags: []"), "
          + "revision: \($0.revision)}\n"
      }.joined()
    let plan = try makePlan(expectManifest(text), random.oneIn(10) ? nil : state)

    // The model: a dictionary of records, and the rows of the table one by one.
    var records: [String: StateRecord] = [:]
    if plan.state != nil {
      for record in state.records { records["\(record.id) \(record.operation.name)"] = record }
    }
    var expected: [String] = []
    var unchanged = 0
    for goal in goals.sorted(by: { $0.id < $1.id }) {
      let name = goal.removes ? "remove-account" : "clear-tags"
      let record = records["\(goal.id) \(name)"]
      let done = record?.done.map { Int($0.revision.number) } ?? 0
      var cause = done > 0 ? "again" : "new"
      if done >= goal.revision {
        unchanged += 1
        continue
      }
      if let attempt = record?.attempt, attempt.revision.number >= goal.revision {
        if case .failed(let code) = attempt.status { cause = "retry \(code)" }
        if case .unknown = attempt.status { cause = "unknown" }
      }
      expected.append("\(name) \(goal.id) \(goal.revision) \(cause)")
    }
    let found = plan.items.map { item in
      let cause =
        switch item.cause {
        case .new: "new"
        case .again: "again"
        case .retry(let code): "retry \(code)"
        case .unknown: "unknown"
        case .done: "done"
        }
      return "\(item.operation.name) \(plan.entry(of: item).id) "
        + "\(plan.revision(of: item)) \(cause)"
    }
    #expect(found == expected)
    #expect(plan.unchanged == unchanged)
    let unknown = records.values.filter { $0.attempt?.status == .unknown }
    #expect(plan.unresolved == unknown.sorted(by: { $0.key < $1.key }))
  }
}

extension Plan.Counts {
  /// To remove, to clear, unchanged, blocked, unknown.
  var numbers: [Int] { [removals, clears, unchanged, blocked, unknown] }
}
