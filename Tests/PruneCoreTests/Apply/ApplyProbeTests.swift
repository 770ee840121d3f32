import PruneCore
import Simulation
import Testing

/// The probe: removing an id without an account shows whether accounts can be removed at all
/// (docs/architecture.md, "Precheck").
struct ApplyProbeTests {
  private func removals(_ users: Int = 300) throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("r", users)))
  }

  private func both() throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("r", 5), clears: ids("c", 5)))
  }

  @Test(arguments: [nil, Fault.code(70107), .items(70107, 1), .items(0, 1)])
  func `a probe answered as absent or removed passes`(fault: Fault?) throws {
    let world = try removals(1)
    world.service.fault = { call, _ in call.purpose == .probe ? fault : nil }
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let id = try #require(run.ids(.probe).first)
    #expect(run.ids(.probeLook) == [id])
    #expect(id.utf8.count <= 32)
    let code: Int32 = fault == .items(0, 1) ? 0 : 70107
    #expect(
      run.passed == [
        .access(admin: try #require(UserID("admin_1"))),
        .probe(try #require(UserID(id)), ServiceCode(code)),
      ])
  }

  @Test func `each run makes up its own probe id`() throws {
    var seen: Set<String> = []
    for seed in 0..<20 {
      let world = try Simulation(simulatedManifest(removals: ["r"]), seed: UInt64(seed))
      seen.formUnion(try world.apply().ids(.probe))
    }
    #expect(seen.count == 20)
  }

  private static let codes: [Int32] = [
    12345, -1, 70402, 70403, 90003, 90012, 90048, 93000, 60013, 30003, 40003, 50001, 70001, 70009,
    70050, 60010, 60021, 60028, 70398, 72000,
  ]

  @Test(arguments: codes, [true, false])
  func `any other response to the probe is an error before any user is sent`(
    code: Int32, isTop: Bool
  ) throws {
    let world = try both()
    world.service.fault = always(.probe, isTop ? .code(code) : .items(code, 1))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(code), info: ""))
    #expect(run.ids(.probe).count == 1)
    try expectNoUserSent(run, world)
  }

  @Test(arguments: [Fault.missing, .garbage, .status(404), .untrusted, .contradicted(70107)])
  func `a probe without a usable response does not pass`(fault: Fault) throws {
    let world = try both()
    world.service.fault = always(.probe, fault)
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.ids(.probe).count == 1)
    try expectNoUserSent(run, world)
  }

  @Test(arguments: [Int32(71000), 12345])
  func `a probe absent at top level but refused as an item does not pass`(
    code: Int32
  ) throws {
    let world = try both()
    let body = #"{"ErrorCode":70107,"ResultItem":[{"UserID":"PROBE","ResultCode":\#(code)}]}"#
    let result = try apply(world, probeAnswer: body)
    #expect(Exit(result) == (code == 71000 ? .refused : .error))
    #expect(result.counts.notAttempted == 10)
  }

  @Test func `71000 for the probe's id counts, whatever the call's code`() throws {
    let world = try both()
    let body = #"{"ErrorCode":70169,"ResultItem":[{"UserID":"PROBE","ResultCode":71000}]}"#
    #expect(Exit(try apply(world, probeAnswer: body)) == .refused)
  }

  @Test func `a result for another id is not a result for the probe`() throws {
    let world = try both()
    let body = #"{"ErrorCode":0,"ResultItem":[{"UserID":"somebody","ResultCode":70107}]}"#
    let result = try apply(world, probeAnswer: body)
    #expect(Exit(result) == .error)
    guard case .notTheService = result.stop else {
      Issue.record("ended with \(String(describing: result.stop))")
      return
    }
  }

  /// A run whose probe gets this JSON, and in which everything else passes.
  private func apply(_ world: Simulation, probeAnswer: String) throws -> RunResult {
    let (result, records) = try world.apply { call, ids in
      switch call {
      case .checkAccounts, .readTags: .usual(call, ids[0])
      case .deleteAccounts: .json(probeAnswer.replacing("PROBE", with: ids[0].description))
      case .clearTags, .addTags: throw Breach("a user was sent")
      }
    }
    #expect(records.isEmpty)
    return result
  }

  // MARK: - Finding an id without an account

  @Test(arguments: [1, 2])
  func `a made-up id that exists is not probed, and another is made up`(taken: Int) throws {
    let world = try removals(1)
    world.service.takenProbes = taken
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let looks = run.ids(.probeLook)
    #expect(Set(looks).count == taken + 1)
    #expect(run.ids(.probe) == [looks[taken]])
    // The existing ones still exist.
    #expect(world.service.accounts.count == taken)
  }

  @Test func `a service where every id exists is not probed`() throws {
    let world = try removals()
    world.service.takenProbes = 1_000
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.ids(.probeLook).count == 3)
    #expect(run.ids(.probe).isEmpty)
    try expectNoUserSent(run, world)
  }

  @Test(arguments: [Fault.missing, .foreign])
  func `an id not confirmed absent is not probed`(fault: Fault) throws {
    let world = try removals(1)
    world.service.takenProbes = 1
    world.service.fault = script([.probeLook: [1: fault]])
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.ids(.probe) == [run.ids(.probeLook)[1]])
  }

  @Test func `an id with contradictory results is not probed`() throws {
    let world = try both()
    world.service.takenProbes = 1
    world.service.fault = always(.probeLook, .contradicted(0))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.result?.stop == .notTheService("an answer that contradicts itself"))
    #expect(run.ids(.probe).isEmpty)
    try expectNoUserSent(run, world)
  }
}
