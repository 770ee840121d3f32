import PruneCore
import Simulation
import TestSupport
import Testing

/// A run without failures: order, ramp, batches, rate.
struct ApplyTests {
  @Test func `clears precede removals, each in batches of 1, 10 and then 100`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 250), clears: ids("c", 130)))
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.counts.removed == 250)
    #expect(run.counts.cleared == 130)
    #expect(run.ids(.clearTags).map(\.count) == [1, 10, 100, 19])
    #expect(run.ids(.deleteAccounts).map(\.count) == [1, 10, 100, 100, 39])
    #expect(run.calls.first?.purpose == .access)
    #expect(world.service.accounts.count == 130)
    #expect(try world.plan().isEmpty)
    #expect(try world.plan().unchanged == 380)
  }

  @Test func `batches follow the order of the plan`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 111).reversed()))
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).flatMap { $0 } == ids("r", 111))
  }

  @Test func `the admin is checked before anything else`() throws {
    let world = try Simulation(simulatedManifest(removals: ["r"]))
    let run = try world.apply()
    #expect(run.calls.map(\.purpose) == [.access, .probeLook, .probe, .users])
    #expect(
      run.calls.map(\.call) == [
        .checkAccounts, .checkAccounts, .deleteAccounts, .deleteAccounts,
      ])
    #expect(run.ids(.access) == ["admin_1"])
  }

  @Test func `blocked items are never sent`() throws {
    let world = try Simulation(
      simulatedManifest(removals: ["a1", "a2", "svc_1"], protected: ["svc_*"]))
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).flatMap { $0 } == ["a1", "a2"])
    #expect(run.counts.removed == 2)
    #expect(try world.record("svc_1") == nil)
  }

  // MARK: - Pace

  @Test(arguments: [10, 90])
  func `a service with a latency of 1.5 s gets the full rate`(rate: Int) throws {
    let seconds = 14
    let world = try Simulation(simulatedManifest(removals: ids("r", rate * seconds * 100)))
    world.settings.rate = try #require(Rate(rate))
    world.service.latency = 1.5...1.5
    world.diskDelay = 0.002...0.020
    let run = try world.apply()
    let sends = run.sends(.deleteAccounts)
    let start = try #require(sends.first) + .seconds(10)
    let steady = sends.filter { $0 >= start }
    let first = try #require(steady.first)
    let last = try #require(steady.last)
    #expect(Double(steady.count - 1) / (last - first).seconds >= 0.99 * Double(rate))
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [Call.clearTags, .deleteAccounts])
  func `a service with a latency of 1.5 s gets the full rate right after the ramp`(
    call: Call
  ) throws {
    let all = ids("u", 60_000)
    let world = try Simulation(
      call == .clearTags ? simulatedManifest(clears: all) : simulatedManifest(removals: all))
    world.service.latency = 1.5...1.5
    let run = try world.apply()
    // Each clear needs two readings, so these set the pace.
    let paced: Call = call == .clearTags ? .readTags : call
    let sends = run.calls.filter { $0.call == paced && !$0.purpose.isCheck }.map(\.sent).dropFirst(
      6)
    let first = try #require(sends.first)
    let seconds = sends.prefix { $0 - first <= .seconds(5) }
    let last = try #require(seconds.last)
    #expect(Double(seconds.count - 1) / (last - first).seconds >= 0.99 * 90)
  }

  @Test func `at the full rate one write and sync covers a batch's intent and an outcome`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 10_000)))
    world.service.latency = 0.004...0.008
    let run = try world.apply()
    #expect(run.counts.removed == 10_000)
    // Two per batch during the run, and some at the end to read the journal and to save the state.
    // With a sync for each record it would be four per batch, plus those at the end.
    #expect(run.writes < 4 * run.ids(.deleteAccounts).count)
  }

  @Test func `a slower service gets at most twice the rate in flight`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 5_000)))
    world.settings.rate = try #require(Rate(10))
    world.service.latency = 2.5...2.5
    let run = try world.apply()
    #expect(run.calls.map(\.inFlight).max() == 20)
  }

  @Test func `the number of calls in flight at most doubles per round`() throws {
    // Users left unknown long ago and no longer wanted: hundreds of reads right after the access
    // check, before precheck and ramp have opened the window.
    let world = try Simulation(simulatedManifest(removals: ["r"]))
    _ = try world.apply()
    let time = Timestamp(seconds: world.wall.seconds - 5000)
    let unknown = ids("x", 45_000).compactMap { UserID($0) }
    world.service.accounts.formUnion(unknown)
    try world.write(
      try world.records()
        + unknown.map {
          StateRecord(
            id: $0, operation: .removeAccount,
            attempt: .init(revision: .first, status: .unknown, time: time, run: RunID(1)))
        })
    world.service.latency = 2...2
    let run = try world.apply()
    #expect(run.counts.unknown == 45_000)
    #expect(rounds(of: run.calls, latency: 2) >= 5)
  }

  @Test func `the window stays bounded through precheck and ramp`() throws {
    let world = try Simulation(simulatedManifest(clears: ids("c", 40_000)))
    world.service.latency = 2...2
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(rounds(of: run.calls, latency: 2) >= 5)
    #expect(run.calls.map(\.inFlight).max() == 180)
  }

  /// Checks that no round has more than twice the calls in flight of the rounds before, and returns
  /// how many rounds there were. A round ends when all calls in flight at its beginning are
  /// answered; the first may have a quarter of a second's worth of calls, 22, and each that leaves
  /// nothing in flight doubles that.
  private func rounds(of calls: [SimulatedCall], latency: Double) -> Int {
    var rounds = 0
    var allowed = 22
    var most = 0
    var end = calls[0].sent + .seconds(latency)
    var last = end
    for call in calls {
      while end <= call.sent {
        rounds += 1
        let isWhole = last <= end
        allowed = isWhole ? 2 * allowed : max(allowed, 2 * most)
        end = isWhole ? call.sent + .seconds(latency) : last
      }
      last = call.sent + .seconds(latency)
      most = max(most, call.inFlight)
      #expect(call.inFlight <= allowed)
    }
    return rounds
  }

  @Test func `a slow disk does not slow the sends`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 25_000)))
    world.diskDelay = 0.1...0.1
    world.service.latency = 0.2...0.2
    let run = try world.apply()
    let sends = run.sends(.deleteAccounts).dropFirst(100)
    let first = try #require(sends.first)
    let last = try #require(sends.last)
    #expect(Double(sends.count - 1) / (last - first).seconds >= 0.99 * 90)
  }

  @Test func `a run does not catch up after a pause`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 8_000)))
    world.service.fault = script([.deleteAccounts: [30: .slow(20)]])
    world.service.latency = 0.4...0.4
    // The checks refuse two sends within 1/rate.
    #expect(try world.apply().exitCode == .success)
  }

  @Test func `a run sends nothing after 3 s without a response, until the next one`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 35_000)))
    // A slow rate in a wide window: the window alone would allow calls for 8 s.
    world.service.limit = SharedLimit(40)
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && call.number > 230 ? .slow(6) : nil
    }
    let run = try world.apply()
    #expect(run.exitCode == .success)
    let sends = run.sends(.deleteAccounts).dropFirst(230)
    let first = try #require(sends.first)
    // The last response before the silence came at most 0.05 s after the first slow call.
    let last = try #require(sends.last { $0 - first < .seconds(6) })
    #expect((last - first).seconds > 2.9)
    #expect((last - first).seconds < 3.1)
    #expect(sends.contains { $0 - first < .seconds(6.1) && $0 - first >= .seconds(6) })
  }

  // MARK: - Stages

  @Test func `an empty plan only checks access`() throws {
    let world = try Simulation(simulatedManifest(removals: ["r"]))
    _ = try world.apply()
    let run = try world.apply()
    #expect(run.plan?.isEmpty == true)
    #expect(run.calls.map(\.call) == [.checkAccounts])
    #expect(run.exitCode == .success)
  }

  @Test func `a higher revision is applied again`() throws {
    let world = try Simulation(simulatedManifest(removals: ["r"]))
    _ = try world.apply()
    let id = try #require(UserID("r"))
    world.service.accounts.insert(id)
    #expect(try world.apply().counts.removed == 0)
    world.manifest = try simulatedManifest(removals: ["r"], revision: 2)
    #expect(try world.apply().counts.removed == 1)
    #expect(world.service.removed[id] == 2)
    #expect(try world.record("r")?.done?.revision.number == 2)
  }
}
