import PruneCore
import Simulation
import Testing

/// Reading one user's tags before the first clear shows whether tags can be read at all
/// (docs/architecture.md, "Precheck").
struct ApplyTagAccessTests {
  private func both() throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("r", 5), clears: ids("c", 5)))
  }

  @Test(arguments: [Int32(90045), 60027], [true, false])
  func `unreadable tags stop the run before any user is sent`(code: Int32, isTop: Bool) throws {
    let world = try both()
    world.service.fault = always(.tagAccess, isTop ? .code(code) : .items(code, 1))
    let run = try world.apply()
    #expect(run.exitCode == .refused)
    #expect(run.result?.stop == .fatal(.readTags, ServiceCode(code), info: ""))
    #expect(run.ids(.tagAccess) == ["c000000"])
    #expect(run.ids(.probe).isEmpty)
    try expectNoUserSent(run, world)
  }

  @Test(arguments: [Int32(70107), 90012, 90048, 70402, 90003], [true, false])
  func `an absent or individually failing first user shows that tags can be read`(
    code: Int32, isTop: Bool
  ) throws {
    let world = try both()
    world.service.fault = always(.tagAccess, isTop ? .code(code) : .items(code, 1))
    let run = try world.apply()
    #expect(run.passed.contains(.tagAccess))
    #expect(run.exitCode == .success)
  }

  @Test func `an unknown code of the first user does not stop the run`() throws {
    let world = try both()
    world.service.fault = always(.tagAccess, .items(12345, 1))
    #expect(try world.apply().exitCode == .success)
  }

  @Test(arguments: [Int32(12345), 60009])
  func `an unknown code for the whole tag read is an error`(code: Int32) throws {
    let world = try both()
    world.service.fault = always(.tagAccess, .code(code))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    try expectNoUserSent(run, world)
  }

  @Test func `a first user missing from the response does not stop the run`() throws {
    let world = try both()
    world.service.fault = always(.tagAccess, .missing)
    #expect(try world.apply().exitCode == .success)
  }
}
