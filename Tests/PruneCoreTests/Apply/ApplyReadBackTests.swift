import PruneCore
import Simulation
import Testing

/// Only users who were seen without tags are recorded as cleared (docs/architecture.md, "Clears").
struct ApplyReadBackTests {
  private func clears(_ users: Int = 300) throws -> Simulation {
    try Simulation(simulatedManifest(clears: ids("c", users)))
  }

  private func id(_ text: String) throws -> UserID { try #require(UserID(text)) }

  @Test func `every cleared user is read before and after the clear`() throws {
    let world = try clears(30)
    let run = try world.apply()
    let steps: [SimulatedCall.Purpose] = [.backup, .users, .readBack]
    #expect(run.calls.map(\.purpose) == [.access, .tagAccess] + steps + steps + steps)
    #expect(run.ids(.backup) == ids("c", 30))
    #expect(run.ids(.readBack) == ids("c", 30))
    #expect(run.passed.filter { if case .readBack = $0 { true } else { false } }.count == 1)
    #expect(run.exitCode == .success)
  }

  @Test func `a first user whose tags remain is cleared twice and stops the run`() throws {
    let world = try Simulation(simulatedManifest(removals: ids("r", 5), clears: ids("c", 300)))
    world.service.fault = always(.clearTags, .pretended)
    let run = try world.apply()
    #expect(run.result?.stop == .notCleared(try id("c000000")))
    #expect(run.exitCode == .appliedInPart)
    #expect(run.ids(.clearTags) == [["c000000"], ["c000000"]])
    let clears = run.sends(.clearTags)
    #expect((clears[1] - clears[0]).seconds >= 10)
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.failed == 1)
    #expect(run.counts.cleared == 0)
    #expect(run.counts.notAttempted == 304)
    #expect(try world.record("c000000")?.done == nil)
    #expect(try world.record("c000000")?.attempt?.status == .failed(ServiceCode(0)))
    #expect(try world.records().count == 1)
    // The user is still to be cleared.
    #expect(try world.plan().items.count == 305)
    world.service.fault = { _, _ in nil }
    #expect(try world.apply().counts.cleared == 300)
  }

  @Test func `a service that clears only every second time is asked again`() throws {
    let world = try clears(1_000)
    world.service.fault = { call, _ in
      call.call == .clearTags && call.number > 2 && call.number % 2 == 1 ? .pretended : nil
    }
    let run = try world.apply()
    #expect(run.counts.cleared + run.counts.failed == 1_000)
    #expect(run.counts.cleared > 500)
    #expect(world.service.tagged.count == run.counts.failed)
    for id in world.service.tagged {
      #expect(try world.record("\(id)")?.attempt?.status == .failed(ServiceCode(0)))
    }
  }

  @Test func `users whose tags remain after two clears have failed, the others are done`() throws {
    let world = try clears(311)
    let stubborn = Set(try ["c000150", "c000151", "c000299"].map(id))
    world.service.fault = { call, _ in
      // Of these the second batch consists alone.
      call.call == .clearTags && stubborn.isSuperset(of: call.ids) ? .pretended : nil
    }
    world.service.unclearable = stubborn
    let run = try world.apply()
    #expect(run.counts.failed == 3)
    #expect(run.counts.cleared == 308)
    #expect(run.result?.stop == nil)
    #expect(Set(world.service.tagged) == stubborn)
    #expect(try world.plan().items.count == 3)
  }

  @Test(arguments: [
    Fault.garbage, .lost, .status(404), .code(12345), .code(70402), .items(12345, 1),
    .contradicted(70402), .missing,
  ])
  func `a first user who cannot be read back is unknown and stops the run`(fault: Fault) throws {
    let world = try clears()
    world.service.fault = always(.readBack, fault)
    let run = try world.apply()
    #expect(run.result?.stop == .notReadBack(try id("c000000")))
    #expect(run.exitCode == .appliedInPart)
    #expect(run.ids(.clearTags) == [["c000000"]])
    #expect(run.counts.unknown == 1)
    #expect(try world.record("c000000")?.attempt?.status == .unknown)
    // The next run reads first, and clears no user twice.
    world.service.fault = { _, _ in nil }
    #expect(try world.apply().counts.cleared == 300)
    #expect(world.service.cleared.values.allSatisfy { $0 == 1 })
  }

  @Test(arguments: [Fault.code(60013), .code(90045), .code(71000)])
  func `a refused read-back stops the run`(fault: Fault) throws {
    let world = try clears()
    world.service.fault = always(.readBack, fault)
    let run = try world.apply()
    #expect(run.result?.stop != nil)
    #expect(run.ids(.clearTags) == [["c000000"]])
    #expect(run.counts.unknown == 1)
  }

  @Test func `users who cannot be read back for a while are read at the end`() throws {
    let world = try clears(311)
    world.service.fault = { call, _ in
      call.purpose == .readBack && call.ids.count > 20 ? .lost : nil
    }
    let run = try world.apply()
    #expect(run.counts.cleared == 311)
    #expect(run.exitCode == .success)
    #expect(run.notices.contains { if case .resolvingOwn = $0 { true } else { false } })
    #expect(world.service.cleared.values.allSatisfy { $0 == 1 })
  }

  @Test func `one call that shows nothing of some users does not stop the run`() throws {
    let world = try clears(311)
    let first = try id("c000111")
    world.service.fault = { call, _ in
      call.purpose == .readBack && call.ids.contains(first) ? .items(70169, 11) : nil
    }
    let run = try world.apply()
    #expect(run.result?.stop == nil)
    #expect(run.counts.cleared == 311)
    #expect(world.service.cleared.values.allSatisfy { $0 == 1 })
  }

  @Test func `a batch of the ramp is verified as a whole before the next one`() throws {
    let world = try clears(2_000)
    world.service.unclearable = [try id("c000005")]
    let run = try world.apply()
    #expect(run.result?.stop == .notCleared(try id("c000005")))
    #expect(run.ids(.clearTags).map(\.count) == [1, 10, 1])
    #expect(run.counts.cleared == 10)
    #expect(run.counts.failed == 1)
  }

  @Test(arguments: [true, false])
  func `users without an account are no success although the clear is`(saves: Bool) throws {
    let world = try clears(30)
    world.settings.savesTags = saves
    world.service.accounts = []
    world.service.tagged = []
    let run = try world.apply()
    #expect(run.exitCode == .appliedInPart)
    #expect(run.counts.alreadyAbsent == 0)
    #expect(try world.records().allSatisfy { $0.done == nil })
  }

  @Test(arguments: [Fault.items(70107, 1), .code(90012)])
  func `a user who is gone at the read-back is already absent`(fault: Fault) throws {
    let world = try clears(1)
    world.settings.acceptsAbsent = true
    world.service.fault = { call, _ in
      call.purpose == .readBack ? fault : nil
    }
    world.service.vanishing = [try id("c000000")]
    let run = try world.apply()
    #expect(run.counts.alreadyAbsent == 1)
  }

  @Test(arguments: [Fault.code(70169), .code(60007), .status(502), .lost, .notSent])
  func `a read-back that fails transiently is retried`(fault: Fault) throws {
    let world = try clears(30)
    world.service.fault = script([.readBack: [1: fault, 2: fault]])
    let run = try world.apply()
    #expect(run.calls.count { $0.purpose == .readBack } == 5)
    #expect(run.counts.cleared == 30)
    #expect(run.exitCode == .success)
  }

  @Test func `a signature that expires at the read-back is renewed`() throws {
    let world = try clears(30)
    world.settings.canSign = true
    world.service.fault = script([.readBack: [1: .code(70001)]])
    let run = try world.apply()
    #expect(run.renewals == 1)
    #expect(run.exitCode == .success)
  }

  @Test func `a signal during the read-back waits for the response`() throws {
    let world = try clears()
    world.service.latency = 1...1
    let run = try world.apply(events: [(4.5, .interrupted(.interrupt))])
    #expect(run.calls.last?.purpose == .readBack)
    #expect(run.exitCode == .interrupted)
    #expect(run.counts.cleared == 1)
    #expect(try world.record("c000000")?.done != nil)
  }

  @Test func `a signal during the clear leaves the user unknown, and the next run reads`() throws {
    let world = try clears()
    world.service.latency = 1...1
    let run = try world.apply(events: [(3.5, .interrupted(.interrupt))])
    #expect(run.calls.last?.call == .clearTags)
    #expect(run.counts.unknown == 1)
    #expect(try world.apply().counts.cleared == 300)
    #expect(world.service.cleared.values.allSatisfy { $0 == 1 })
  }
}
