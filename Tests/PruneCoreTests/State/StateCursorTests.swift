import PruneCore
import TestSupport
import Testing
import Bytes

/// Folding a journal's changes into a state (docs/architecture.md, "Folding").
@Suite struct StateCursorTests {
  private func walk(_ state: WholeState, _ changes: [StateChange]) throws -> [StateRecord] {
    var cursor = try state.cursor(changes: changes)
    var records: [StateRecord] = []
    while let record = try cursor.next() { records.append(record) }
    #expect(try cursor.next() == nil)
    return records
  }

  private func change(
    _ result: StateChange.Result, revision: UInt32 = 1, id: String = "a", run: UInt64 = 9
  ) throws -> StateChange {
    StateChange(
      id: try #require(UserID(id)), operation: .removeAccount,
      revision: try #require(Revision(revision)), result: result, time: Timestamp(seconds: 9),
      run: RunID(run))
  }

  @Test func `a confirmation replaces the attempt and keeps its run`() throws {
    let unknown = try change(.unknown).folded(into: nil)
    #expect(unknown.done == nil)
    #expect(unknown.attempt?.status == .unknown)
    let done = try change(.done(.removed)).folded(into: unknown)
    #expect(done.done?.outcome == .removed)
    #expect(done.done?.run == RunID(9))
    #expect(done.done?.time == Timestamp(seconds: 9))
    #expect(done.attempt == nil)
  }

  @Test func `a failure never hides a completed operation`() throws {
    let done = try change(.done(.removed)).folded(into: nil)
    let failed = try change(.failed(ServiceCode(5)), revision: 2).folded(into: done)
    #expect(failed.done == done.done)
    #expect(failed.attempt?.status == .failed(ServiceCode(5)))
    #expect(failed.attempt?.revision.number == 2)
  }

  @Test func `an old journal does not overwrite newer knowledge`() throws {
    let done = try change(.done(.removed), revision: 2).folded(into: nil)
    #expect(try change(.unknown, revision: 2).folded(into: done) == done)
    #expect(try change(.failed(ServiceCode(5)), revision: 1).folded(into: done) == done)
    let higher = try change(.failed(ServiceCode(5)), revision: 4).folded(into: done)
    #expect(try change(.unknown, revision: 3).folded(into: higher) == higher)
  }

  @Test func `a journal is newer than its state, whatever the timestamps`() throws {
    var failed = try change(.failed(ServiceCode(5)), revision: 1).folded(into: nil)
    failed.attempt?.time = Timestamp(seconds: 1_000_000)
    #expect(try change(.unknown, revision: 1).folded(into: failed).attempt?.status == .unknown)
  }

  /// The content of a record, or a change to fold into it.
  enum Word: String, CaseIterable {
    case failed, unknown, done

    var result: StateChange.Result {
      switch self {
      case .failed: .failed(ServiceCode(5))
      case .unknown: .unknown
      case .done: .done(.removed)
      }
    }
  }

  @Test(arguments: Word.allCases, Word.allCases)
  func `a higher revision wins, then done, then unknown, then failed`(old: Word, new: Word) throws {
    let before = try change(old.result, revision: 2, run: 8).folded(into: nil)
    let change = try change(new.result, revision: 2)
    let after = change.folded(into: before, by: .concurrent)
    let winner = [Word.done, .unknown, .failed].first { $0 == old || $0 == new }
    #expect((after.done != nil) == (winner == .done))
    let status: StateRecord.Status = winner == .unknown ? .unknown : .failed(ServiceCode(5))
    #expect(after.attempt?.status == (winner == .done ? nil : status))
    // Merging two states follows the same rule.
    let merged = try #require(
      StateRecord.merged(base: nil, ours: before, theirs: change.folded(into: nil)))
    #expect(merged.done?.outcome == after.done?.outcome)
    #expect(merged.attempt?.status == after.attempt?.status)
  }

  @Test(arguments: Word.allCases, Word.allCases)
  func `the higher of two revisions wins, whatever its outcome`(old: Word, new: Word) throws {
    let before = try change(old.result, revision: 2).folded(into: nil)
    for rule in [FoldRule.successor, .concurrent] {
      let higher = try change(new.result, revision: 3).folded(into: before, by: rule)
      #expect((new == .done ? higher.done?.revision : higher.attempt?.revision)?.number == 3)
      let lower = try change(new.result, revision: 1).folded(into: before, by: rule)
      #expect(lower.attempt == before.attempt)
      if old == .done || new != .done { #expect(lower.done == before.done) }
    }
  }

  @Test func `a confirmation covers only attempts up to its own revision`() throws {
    let high = try change(.unknown, revision: 3).folded(into: nil)
    let done = try change(.done(.removed), revision: 2).folded(into: high)
    #expect(done.done?.revision.number == 2)
    #expect(done.attempt == high.attempt)
    #expect(try change(.done(.removed), revision: 3).folded(into: done).attempt == nil)
  }

  @Test func `the highest completed revision is kept`() throws {
    let high = try change(.done(.removed), revision: 3).folded(into: nil)
    #expect(try change(.done(.alreadyAbsent), revision: 2).folded(into: high) == high)
    #expect(
      try change(.done(.alreadyAbsent), revision: 3).folded(into: high).done?.outcome
        == .alreadyAbsent)
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `folding changes equals a dictionary model, and folding again changes nothing`(seed: UInt64)
    throws
  {
    var random = SplitMix64(seed: seed)
    var state = try randomState(&random, users: random.below(80))
    var changes: [StateChange] = []
    for user in 0..<90 {
      for operation in Operation.allCases where random.oneIn(4) {
        let results: [StateChange.Result] = [
          .done(operation == .clearTags ? .cleared : .removed), .done(.alreadyAbsent),
          .failed(ServiceCode(70_500)), .unknown,
        ]
        changes.append(
          StateChange(
            id: try #require(UserID(format(user))), operation: operation,
            revision: try #require(Revision(UInt32(1 + random.below(3)))),
            result: random.pick(results), time: Timestamp(seconds: UInt32(random.below(1 << 32))),
            run: RunID(random.next())))
      }
    }
    #expect(changes.sorted(by: { $0.key < $1.key }) == changes)

    var model: [String: StateRecord] = [:]
    for record in state.records { model["\(record.id) \(record.operation)"] = record }
    for change in changes {
      let key = "\(change.id) \(change.operation)"
      model[key] = change.folded(into: model[key])
    }
    let first = try walk(state, changes)
    #expect(first == model.values.sorted(by: { $0.key < $1.key }))
    // A forecast gives the same without the walk.
    let forecast = try state.forecast(changes)
    #expect(forecast.records == first.count)
    #expect(forecast.hasChanges == (first != state.records))

    state.records = first
    #expect(try walk(state, changes) == first)
    #expect(try !state.forecast(changes).hasChanges)
    #expect(try state.forecast(changes).records == first.count)
    // The result is a state that can be written and read.
    #expect(try WholeState(state.bytes()).records == first)
  }

  @Test func `a forecast names the line that is not a record`() throws {
    let state = try RecordText.state("a remove-account 1 -\nb remove-account 1 -")
    let text = String(decoding: state.bytes(), as: UTF8.self)
    let changes = [try change(.unknown, id: "c")]
    for (whole, broken) in [("b\tremove", "b\tmove"), ("b\tremove", "\tremove")] {
      let bytes = Array(text.replacing(whole, with: broken).utf8)
      do throws(StateError) {
        _ = try StateForecast(StateReader(ByteSource(bytes)), changes)
        Issue.record("\(broken) was read")
      } catch {
        if case .malformed(line: 9, _) = error { continue }
        Issue.record("\(error)")
      }
    }
  }

  @Test func `a user id may equal the name of the last line`() throws {
    let state = try RecordText.state(
      "a remove-account 1 -\nchecksum remove-account 1 -\nd remove-account 1 -")
    #expect(try state.forecast([]).records == 3)
    #expect(try state.forecast([change(.unknown, id: "b")]).records == 4)
    #expect(try state.written() == state.bytes())
  }

  @Test func `without a state file the changes are the state`() throws {
    let changes = try [change(.unknown, id: "a"), change(.done(.removed), id: "b")]
    var cursor = StateCursor(nil, changes: changes)
    #expect(try cursor.next() == changes[0].folded(into: nil))
    #expect(try cursor.next() == changes[1].folded(into: nil))
    #expect(try cursor.next() == nil)
  }
}
