import PruneCore
import TestSupport
import Testing

/// The steps from a manifest and a state to a checked plan.
@Suite struct PlanPipelineTests {
  private let users = "{ids: [a, b, c], account: absent}"

  private func header(
    app: UInt32 = 1_400_000_000, service: ServiceKind = .live
  ) throws -> StateHeader {
    StateHeader(app: try #require(SDKAppID(app)), service: service, lineage: Lineage(1))
  }

  private func plan(
    _ pipeline: PlanPipeline, _ source: PlanPipeline.Source, _ records: [StateRecord] = []
  ) throws -> Plan {
    let header = try source.header ?? header()
    return try pipeline.plan(source, WholeState(header: header, records: records).cursor())
  }

  @Test func `a state of another app or service is refused before planning`() throws {
    let pipeline = PlanPipeline(try expectManifest(manifest(users: users)))
    let (ours, other) = try (header(), header(app: 7))
    #expect(throws: StateError.otherApp(state: other.app, manifest: ours.app)) {
      try plan(pipeline, .init(header: other))
    }
    #expect(throws: StateError.otherService(state: .loopback, manifest: .live)) {
      try plan(pipeline, .init(header: header(service: .loopback)))
    }
    #expect(try plan(pipeline, .init(header: ours)).state == ours)
  }

  /// The limit for new removals applies only to a plan compared with a base.
  @Test func `guards apply to the plan compared with the base`() throws {
    let text = manifest(guards: "{max_new_removals: 1}", users: users)
    let before = try expectManifest(manifest(users: "{ids: [a], account: absent}"))
    let compared = try plan(
      PlanPipeline(expectManifest(text), base: Base(name: "main", manifest: before)),
      .init(header: header()))
    #expect(compared.refusals == [.newRemovals(planned: 2, limit: 1)])
    #expect(try plan(PlanPipeline(expectManifest(text)), .init(header: header())).refusals == [])
  }

  @Test func `a cap on the command line counts what the state leaves to do`() throws {
    let pipeline = PlanPipeline(try expectManifest(manifest(users: users)), maxRemovals: 1)
    let source = PlanPipeline.Source(header: try header())
    let done = try ["a remove-account 1 -", "b remove-account 1 -"].map(RecordText.record)
    #expect(try plan(pipeline, source, done).refusals == [])
    #expect(
      try plan(pipeline, source, [done[0]]).refusals == [.flagCap(planned: 2, limit: 1)])
  }

  @Test func `a journal and a link are reported but refuse nothing`() throws {
    let pipeline = PlanPipeline(try expectManifest(manifest(users: users)))
    let noted = try plan(
      pipeline, .init(header: header(), journal: RunID(5), link: "linked.state"))
    #expect(noted.stateCautions == [.journal(RunID(5)), .link("linked.state")])
    #expect(!noted.isRefused)
    #expect(try plan(pipeline, .init(header: nil)).stateCautions == [])
  }
}
