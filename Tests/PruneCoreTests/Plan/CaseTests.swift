import PruneCore
import TestSupport
import Testing

/// The folders of `Tests/Cases`: a manifest, its lists, a state, and the resulting plan.
@Suite struct CaseTests {
  @Test func `the folder of cases is not empty`() throws {
    #expect(try Fixture.cases().count >= 10)
  }

  @Test(arguments: try Fixture.cases())
  func `each case gives its expected plan`(name: String) throws {
    var lists: [String: ListFixture] = [:]
    for file in try Fixture.names(in: name) where file.hasSuffix(".txt") {
      lists[file] = .bytes(try Fixture.bytes("\(name)/\(file)"))
    }
    let reading = readManifest(
      try Fixture.bytes("\(name)/manifest.yaml"), name: "manifest.yaml", lists: lists)
    let manifest = try #require(reading.manifest, "\(reading.diagnostics.kept)")
    let state = try Fixture.bytesIfPresent("\(name)/state").map { try WholeState($0) }
    let warnings = reading.diagnostics.kept.map {
      "\($0.severity) at \(reading.files[Int($0.place.file)]):\($0.place.line):\($0.place.column): "
        + "\($0.summary)\n"
    }
    let plan = try makePlan(manifest, state)
    let text = warnings.joined() + planText(plan)
    let path = "\(name)/expected-plan.txt"
    if Fixture.isRecording { try Fixture.write(Array(text.utf8), to: path) }
    let expected = try String(decoding: Fixture.bytes(path), as: UTF8.self)
    #expect(text.utf8.elementsEqual(expected.utf8), "\(text)")

    // Once everything is done, the same manifest asks for nothing; protected items stay blocked.
    let done = try afterwards(plan, state)
    let next = try makePlan(manifest, done)
    #expect(next.items.allSatisfy { $0.block != nil && $0.cause == .done })
    #expect(next.unchanged + next.items.count == manifest.entries.list.count)
  }

  /// The state after every item of a plan was done.
  private func afterwards(_ plan: Plan, _ state: WholeState?) throws -> WholeState {
    var state =
      state
      ?? WholeState(
        header: StateHeader(app: plan.manifest.app.id, service: .live, lineage: Lineage(1)),
        records: [])
    let changes = plan.items.map { item in
      let operation = item.operation
      return StateChange(
        id: plan.entry(of: item).id, operation: operation, revision: plan.revision(of: item),
        result: .done(operation == .clearTags ? .cleared : .removed),
        time: Timestamp(seconds: 1_800_000_000), run: RunID(7))
    }
    var cursor = try state.cursor(changes: changes)
    var records: [StateRecord] = []
    while let record = try cursor.next() { records.append(record) }
    state.records = records
    return state
  }
}
