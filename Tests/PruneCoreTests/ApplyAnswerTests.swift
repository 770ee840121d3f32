import PruneCore
import Simulation
import TestSupport
import Testing

/// Answers that are late, lost, cut, shuffled or beside the point.
struct ApplyAnswerTests {
  private func world(users: Int = 111) throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("u", users)))
  }

  @Test(arguments: [Fault.reversed, .duplicated, .foreign])
  func `order, repetition and strangers in an answer change nothing`(fault: Fault) throws {
    let world = try world()
    let gone = try #require(UserID("u000030"))
    world.service.accounts.remove(gone)
    world.service.refused = [try #require(UserID("u000040")): 70402]
    world.service.fault = always(.deleteAccounts, fault)
    let run = try world.apply()
    #expect(run.counts.removed == 109)
    #expect(try world.record("u000030")?.done?.outcome == .alreadyAbsent)
    #expect(try world.record("u000040")?.attempt?.status == .failed(ServiceCode(70402)))
    #expect(run.ids(.deleteAccounts).count == 3)
    #expect(try world.record("somebody_else") == nil)
  }

  @Test(arguments: [Fault.missing, .contradicted(70402)])
  func `a user of whom nothing usable is said is read`(fault: Fault) throws {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: fault]])
    let run = try world.apply()
    #expect(run.ids(.checkAccounts).last == ["u000011"])
    #expect(run.notices.contains(.resolvingOwn(users: 1)))
    #expect(run.counts.removed == 111)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [Fault.lost, .garbage, .status(404), .lostBeforeEffect])
  func `a batch whose answer is of no use is read in the same run`(fault: Fault) throws {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: fault]])
    let run = try world.apply()
    let acted = fault == .lost || fault == .garbage
    #expect(run.ids(.checkAccounts).last?.count == 100)
    #expect(run.ids(.deleteAccounts).count == (acted ? 3 : 4))
    #expect(run.counts.removed == 111)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [Fault.status(502), .statusAfterEffect(502)])
  func `a 502 is tried again, and what is then absent was our doing`(fault: Fault) throws {
    let world = try world()
    world.service.fault = script([.deleteAccounts: [3: fault, 4: fault]])
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).count == 5)
    #expect(run.ids(.checkAccounts).isEmpty)
    #expect(run.counts.removed == 111)
    #expect(run.counts.alreadyAbsent == 0)
  }

  @Test func `502 without end is resolved by reading`() throws {
    let world = try world(users: 1)
    world.service.fault = always(.deleteAccounts, .statusAfterEffect(502))
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).count == 5)
    #expect(run.counts.removed == 1)
    #expect(run.exitCode == .success)
  }

  @Test func `an effect that comes after the reading is found by the second sending`() throws {
    let world = try world(users: 1)
    world.service.fault = script([.deleteAccounts: [1: .late(0.12)]])
    world.service.latency = 0.1...0.1
    let run = try world.apply()
    #expect(run.ids(.checkAccounts).last == ["u000000"])
    #expect(run.ids(.deleteAccounts).count == 2)
    #expect(run.counts.removed == 1)
    #expect(run.counts.alreadyAbsent == 0)
  }

  @Test func `users whose answers are lost each time are left unknown`() throws {
    let world = try world(users: 1)
    world.service.fault = always(.deleteAccounts, .lostBeforeEffect)
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).count == 4)
    #expect(run.counts.unknown == 1)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.plan().items.map(\.cause) == [.unknown])
  }

  @Test func `clears whose answers are lost are read by their tags`() throws {
    let world = try Simulation(simulatedManifest(clears: ids("u", 30)))
    world.service.fault = script([.clearTags: [2: .lost, 3: .lostBeforeEffect]])
    let run = try world.apply()
    #expect(run.counts.cleared == 30)
    #expect(run.exitCode == .success)
    #expect(run.ids(.readTags).flatMap { $0 }.count == 20)
  }

  @Test func `a user of a clear found to have no account is already absent`() throws {
    let world = try Simulation(simulatedManifest(clears: ["u"]))
    world.service.accounts = []
    world.service.tagged = []
    world.service.fault = script([.clearTags: [1: .lost]])
    let run = try world.apply()
    #expect(run.counts.alreadyAbsent == 1)
    #expect(try world.record("u")?.done?.outcome == .alreadyAbsent)
  }

  @Test func `reading that fails leaves the user unknown and the run goes on`() throws {
    let world = try world()
    world.service.fault = { call, _ in
      guard call.purpose == .users else { return nil }
      return switch call.call {
      case .checkAccounts: .garbage
      case .deleteAccounts: call.number == 1 ? .lost : nil
      default: nil
      }
    }
    let run = try world.apply()
    #expect(run.counts.unknown == 1)
    #expect(run.counts.removed == 110)
    #expect(run.result?.stop == nil)
    #expect(run.exitCode == .appliedInPart)
  }
}
