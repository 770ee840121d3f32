internal import PruneCore

/// One removal, whose runs fail at every disk operation in turn; then runs without faults must
/// finish it.
package enum DiskFaultSweep {
  /// How a run fails.
  package enum Kind: CaseIterable, Sendable {
    case death, powerCut, inputOutput, noSpace
  }

  /// Fails the first run at each of its operations; returns how many there are.
  package static func everyOperation(_ kind: Kind, seed: UInt64) throws -> Int {
    var operation = 0
    while true {
      operation += 1
      var faultPlan = Simulation.FaultPlan()
      switch kind {
      case .death, .powerCut: faultPlan.lastOperation = operation
      case .inputOutput:
        faultPlan.failure = DiskFailure(.inputOutput, from: operation, isLasting: false)
      case .noSpace: faultPlan.failure = DiskFailure(.noSpace, from: operation, isLasting: true)
      }
      faultPlan.cutsPower = kind == .powerCut
      let run = try runWithRecovery([faultPlan], seed: seed &+ UInt64(operation))
      if run.operations < operation { return operation - 1 }
    }
  }

  /// Kills the first run at each operation of its save, and cuts the power at each operation of the
  /// recovery after it: what the first run left in memory may be lost by then.
  package static func everyRecovery() throws -> Int {
    var count = 0
    while true {
      for operation in 1...25 {
        var death = Simulation.FaultPlan()
        death.lastOfSave = 1 + count / 25
        death.cutsPower = false
        var powerCut = Simulation.FaultPlan()
        powerCut.lastOperation = operation
        powerCut.keepsNewest = true
        let run = try runWithRecovery([death, powerCut], seed: UInt64(count))
        if !run.hasDied { return count }
        count += 1
      }
    }
  }

  /// Fails the journal of the first run at each operation, and ends the run at each operation of
  /// the save after it: the state then contains what the journal lacks, and the journal must not
  /// undo it.
  package static func everySaveAfterFailure() throws -> Int {
    var count = 0
    for operation in 1...90 {
      for last in 1...24 {
        var faultPlan = Simulation.FaultPlan()
        faultPlan.failure = DiskFailure(.inputOutput, from: operation, isLasting: false)
        faultPlan.lastOfSave = last
        faultPlan.cutsPower = last.isMultiple(of: 2)
        let run = try runWithRecovery(
          [faultPlan], seed: UInt64(count), ["a", "b", "c"], refusing: "b")
        count += 1
        if !run.hasDied { break }
      }
    }
    return count
  }

  /// Runs with these fault plans, in which a user may be refused, then runs without faults; returns
  /// the first run.
  private static func runWithRecovery(
    _ faultPlans: [Simulation.FaultPlan], seed: UInt64, _ users: [String] = ["r"],
    refusing user: String? = nil
  ) throws -> Simulation.Run {
    let world = try Simulation(simulatedManifest(removals: users), seed: seed)
    if let id = user.flatMap({ UserID($0) }) { world.service.refused[id] = 70402 }
    let runs = try faultPlans.map { try world.apply($0) }
    world.service.refused = [:]
    _ = try world.apply()
    let last = try world.apply()
    guard last.exitCode == .success, world.service.accounts.isEmpty,
      try world.records().count(where: { $0.done != nil }) == users.count
    else { throw Breach(.end, "two runs without faults did not suffice") }
    return runs[0]
  }
}
