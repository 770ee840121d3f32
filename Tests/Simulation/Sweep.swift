internal import PruneCore

/// One removal, whose runs end at every disk operation in turn; then good runs must finish it.
package enum Sweep {
  /// How a run ends.
  package enum Ending: CaseIterable, Sendable {
    case death, powerCut, inputOutput, noSpace
  }

  /// Ends the first run at each of its operations; returns how many there are.
  package static func everyOperation(_ ending: Ending, seed: UInt64) throws -> Int {
    var operation = 0
    while true {
      operation += 1
      var trouble = Simulation.Trouble()
      switch ending {
      case .death, .powerCut: trouble.lastOperation = operation
      case .inputOutput:
        trouble.failure = DiskFailure(.inputOutput, from: operation, isLasting: false)
      case .noSpace: trouble.failure = DiskFailure(.noSpace, from: operation, isLasting: true)
      }
      trouble.cutsPower = ending == .powerCut
      let run = try play([trouble], seed: seed &+ UInt64(operation))
      if run.operations < operation { return operation - 1 }
    }
  }

  /// Kills the first run at each operation of its save, and cuts the power at each of the
  /// recovery after it: what the first left in memory may be lost by then.
  package static func everyRecovery() throws -> Int {
    var count = 0
    while true {
      for operation in 1...25 {
        var death = Simulation.Trouble()
        death.lastOfSave = 1 + count / 25
        death.cutsPower = false
        var powerCut = Simulation.Trouble()
        powerCut.lastOperation = operation
        powerCut.keepsNewest = true
        let run = try play([death, powerCut], seed: UInt64(count))
        if !run.hasDied { return count }
        count += 1
      }
    }
  }

  /// Plays runs with these troubles, then good ones; returns the first.
  private static func play(
    _ troubles: [Simulation.Trouble], seed: UInt64
  ) throws -> Simulation.Run {
    let world = try Simulation(simulatedManifest(removals: ["r"]), seed: seed)
    let runs = try troubles.map { try world.apply($0) }
    _ = try world.apply()
    let last = try world.apply()
    guard last.exitCode == .success, try world.record("r")?.done != nil,
      world.service.accounts.isEmpty
    else { throw Breach(.end, "two good runs did not suffice") }
    return runs[0]
  }
}
