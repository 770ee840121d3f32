import PruneCore
import Simulation
import Testing

/// The tags of users are on disk before they are cleared (docs/architecture.md, "Clears"). That no
/// user is cleared whose tags are not is checked in every run of the simulation.
struct ApplyTagBackupTests {
  private func clears(_ users: Int = 300) throws -> Simulation {
    try Simulation(simulatedManifest(clears: ids("c", users)))
  }

  private func id(_ text: String) throws -> UserID { try #require(UserID(text)) }

  @Test func `the tag file has the tags of every cleared user`() throws {
    let world = try clears(30)
    world.service.tags[try id("c000007")] = ["vip", "level 3"]
    let run = try world.apply()
    #expect(run.counts.cleared == 30)
    #expect(world.savedTags.count == 30)
    #expect(world.savedTags["c000007"] == ["vip", "level 3"])
    #expect(world.savedTags["c000008"] == ["a", "b"])
  }

  @Test func `users without tags are done without a call, and are not in the file`() throws {
    let world = try clears(30)
    world.service.tagged = Set(try ["c000003", "c000020"].map(id))
    let run = try world.apply()
    #expect(run.ids(.clearTags).flatMap { $0 } == ["c000003", "c000020"])
    #expect(run.counts.cleared == 30)
    #expect(Set(world.savedTags.keys) == ["c000003", "c000020"])
  }

  @Test func `users without tags do not climb the ramp`() throws {
    let world = try clears(2_000)
    world.service.tagged = Set(ids("c", 2_000).suffix(1_500).compactMap { UserID($0) })
    let run = try world.apply()
    #expect(run.counts.cleared == 2_000)
    #expect(run.ids(.clearTags).prefix(2).map(\.count) == [1, 10])
  }

  @Test func `users without tags are read at the full rate`() throws {
    let world = try clears(20_000)
    world.service.latency = 0.2...0.2
    world.service.tagged = Set(try ["c000000", "c015000"].map(id))
    let run = try world.apply()
    #expect(run.counts.cleared == 20_000)
    #expect(run.ids(.clearTags).count == 2)
    // 200 readings at 90 a second, and the steps before and after them.
    let readings = run.calls.filter { $0.purpose == .backup }.map(\.sent)
    let time = try #require(readings.last) - #require(readings.first)
    #expect(time.seconds < 6)
  }

  @Test func `a user with tags makes absent users already absent`() throws {
    let world = try clears(30)
    for id in ids("c", 5).compactMap({ UserID($0) }) { world.service.accounts.remove(id) }
    let run = try world.apply()
    #expect(run.counts.alreadyAbsent == 5)
    #expect(run.counts.cleared == 25)
    #expect(run.exitCode == .success)
  }

  @Test(arguments: [Int32(12345), 70402])
  func `a user whose tags cannot be read is not cleared`(code: Int32) throws {
    let world = try clears(30)
    world.service.fault = { call, _ in
      call.purpose == .backup && call.number == 2 ? .items(code, 2) : nil
    }
    let run = try world.apply()
    #expect(run.counts.failed == 2)
    #expect(run.counts.cleared == 28)
    #expect(try world.record("c000001")?.attempt?.status == .failed(ServiceCode(code)))
    #expect(world.service.tagged == Set(try ["c000001", "c000002"].map(id)))
  }

  @Test(arguments: [Fault.lost, .garbage, .missing, .status(502)])
  func `users about whom the service says nothing are not attempted`(fault: Fault) throws {
    let world = try clears(30)
    world.service.fault = { call, _ in
      call.purpose == .backup && call.ids.contains { $0.description == "c000001" } ? fault : nil
    }
    let run = try world.apply()
    let left = fault == .missing ? 1 : 10
    #expect(run.counts.notAttempted == left)
    #expect(run.counts.cleared == 30 - left)
    #expect(run.exitCode == .appliedInPart)
    #expect(try world.record("c000001") == nil)
    #expect(try world.plan().items.count == left)
  }

  @Test func `a tag call that is not enabled stops the run before any clear`() throws {
    let world = try clears(30)
    world.service.fault = always(.backup, .code(90045))
    let run = try world.apply()
    #expect(run.result?.stop != nil)
    #expect(run.ids(.clearTags).isEmpty)
    #expect(world.service.tagged.count == 30)
  }

  @Test func `without a backup no tags are read before a clear`() throws {
    let world = try clears(30)
    world.settings.savesTags = false
    let run = try world.apply()
    #expect(run.ids(.backup).isEmpty)
    #expect(run.ids(.readBack).count == 30)
    #expect(run.counts.cleared == 30)
    #expect(world.savedTags.isEmpty)
  }

  @Test func `tags that are old because the machine slept are read again`() throws {
    var readings: Set<Int> = []
    for step in 8..<40 {
      let world = try clears(30)
      var faults = Simulation.FaultPlan()
      faults.sleep = (step, 700)
      let run = try world.apply(faults)
      #expect(run.counts.cleared == 30)
      readings.insert(run.calls.count { $0.purpose == .backup })
    }
    #expect(readings.contains(3) && readings.contains(4))
  }

  @Test func `tags are saved again before a second clear`() throws {
    let world = try clears(1)
    world.service.fault = script([.clearTags: [1: .pretended]])
    let run = try world.apply()
    #expect(run.counts.cleared == 1)
    #expect(world.tagLines == 2)
  }

  @Test func `a tag file that cannot be written stops the run before the clear`() throws {
    for operation in 1..<200 {
      let world = try clears(2)
      var faults = Simulation.FaultPlan()
      faults.failure = DiskFailure(.noSpace, from: operation, isLasting: true)
      _ = try? world.apply(faults)
      // The simulation throws if tags were cleared that are not on the disk.
      #expect(world.service.cleared.isEmpty || !world.savedTags.isEmpty)
    }
  }
}
