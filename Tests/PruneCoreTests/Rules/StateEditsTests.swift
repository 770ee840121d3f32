import PruneCore
import TestSupport
import Testing

/// A change that edits the state is refused, and its users are not backlog.
@Suite struct StateEditsTests {
  private let users = "{ids: [a, b, c], account: absent}"

  private func state(
    _ records: [String], serial: UInt64 = 3, lineage: UInt64 = 1
  ) throws -> WholeState {
    WholeState(
      header: StateHeader(
        app: try #require(SDKAppID(1_400_000_000)), service: .live, lineage: Lineage(lineage),
        serial: serial),
      records: try records.map(RecordText.record))
  }

  private func plan(
    _ state: WholeState?, before: StateBefore?, allowed: Bool = false, guards: String = "{}"
  ) throws -> Plan {
    let manifest = try expectManifest(manifest(guards: guards, users: users))
    let base = Base(
      name: "main", manifest: manifest, state: before, allowsStateEdits: allowed)
    return try PlanPipeline(manifest, base: base).plan(
      .init(header: state?.header), state.map { try $0.cursor() } ?? StateCursor(nil))
  }

  private func edits(_ before: [String], _ now: [String]) throws -> StateEdits {
    let plan = try plan(state(now), before: .file(state(before).bytes()))
    let edits = try #require(plan.stateEdits)
    #expect(plan.isRefused == !edits.isEmpty)
    return edits
  }

  @Test func `an unchanged state is no edit`() throws {
    let records = ["a remove-account 1 -", "b remove-account 1 -"]
    #expect(try edits(records, records).isEmpty)
    #expect(try edits([], []).isEmpty)
  }

  @Test func `dropped, added and altered records are counted and named`() throws {
    let found = try edits(
      ["a remove-account 1 -", "b remove-account 1 -", "d clear-tags 1 -", "e clear-tags 2 -"],
      ["a remove-account 1 -", "c remove-account 1 -", "d clear-tags 1 -", "e clear-tags 1 -"])
    #expect((found.dropped, found.added, found.altered) == (1, 1, 1))
    #expect(
      found.first.map { "\($0.key.id) \($0.kind.rawValue)" } == [
        "b dropped", "c added", "e altered",
      ])
    let all = (0..<30).map { "u\(10 + $0) remove-account 1 -" }
    let dropped = try edits(all, [])
    #expect(dropped.dropped == 30 && dropped.first.count == StateEdits.named)
    #expect(try edits([], all).added == 30)
  }

  @Test func `users whose record is dropped are part of the change, even if that is allowed`()
    throws
  {
    let before = try state(["a remove-account 1 -", "b remove-account 1 -"])
    let now = try state(["b remove-account 1 -"])
    let plan = try plan(
      now, before: .file(before.bytes()), allowed: true, guards: "{max_new_removals: 0}")
    #expect(plan.items.filter(\.isChange).map { "\(plan.entry(of: $0).id)" } == ["a"])
    #expect(plan.refusals == [.newRemovals(planned: 1, limit: 0)])
    #expect(plan.editsState)
  }

  @Test func `an allowed edit refuses nothing`() throws {
    let before = try state(["a remove-account 1 -"])
    #expect(try plan(state([]), before: .file(before.bytes())).isRefused)
    #expect(try !plan(state([]), before: .file(before.bytes()), allowed: true).isRefused)
  }

  @Test func `another header, and another file, is an edit`() throws {
    let before = StateBefore.file(try state([]).bytes())
    #expect(try plan(state([], serial: 4), before: before).stateEdits?.whole == .header("serial"))
    #expect(try plan(state([], lineage: 2), before: before).stateEdits?.whole == .header("lineage"))
    #expect(try plan(nil, before: before).stateEdits?.whole == .deleted)
    #expect(try plan(state([]), before: .added).stateEdits?.whole == .new)
    #expect(try plan(state([]), before: .relinked).stateEdits?.whole == .relinked)
    var run = try state([])
    run.header.unfinished = Unfinished(try plan(nil, before: nil).digest(), runs: [RunID(1)])
    #expect(try plan(run, before: before).stateEdits?.whole == .header("unfinished"))
  }

  @Test func `a new manifest may bring an empty state, but no records`() throws {
    #expect(try plan(state([]), before: .absent).stateEdits?.isEmpty == true)
    #expect(try plan(state(["a remove-account 1 -"]), before: .absent).isRefused)
    #expect(try plan(state([]), before: nil).stateEdits == nil)
  }

  @Test(arguments: 0..<400)
  func `a damaged state of the base is never taken for an unchanged one`(_ cut: Int) throws {
    let whole = try state(["a remove-account 1 -", "b remove-account 1 -"])
    let bytes = whole.bytes()
    guard cut < bytes.count else { return }
    let plan = try plan(whole, before: .file(Array(bytes[..<cut])))
    #expect(plan.isRefused)
    guard case .unreadable = plan.stateEdits?.whole else {
      Issue.record("read \(cut) bytes")
      return
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `the comparison equals a lookup of every record`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func records() -> [String: String] {
      var records: [String: String] = [:]
      for number in 10..<60 where random.oneIn(2) {
        records["u\(number)"] = "u\(number) remove-account \(1 + random.below(2)) -"
      }
      return records
    }
    let (before, now) = (records(), records())
    let found = try edits(
      before.keys.sorted().map { before[$0]! }, now.keys.sorted().map { now[$0]! })
    #expect(found.dropped == before.keys.count { now[$0] == nil })
    #expect(found.added == now.keys.count { before[$0] == nil })
    #expect(found.altered == now.count { before[$0.key] != nil && before[$0.key] != $0.value })
  }
}
