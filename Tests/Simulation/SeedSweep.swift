internal import Dispatch
internal import Synchronization

/// Runs many scenarios on all cores and sums them up.
package struct SeedSweep: Sendable, CustomStringConvertible {
  package private(set) var scenarios = 0
  package private(set) var runs = 0
  package private(set) var deaths = 0
  package private(set) var failures = 0
  package private(set) var residue = 0
  /// The breaches, by seed.
  package private(set) var breaches: [(seed: UInt64, words: String)] = []

  package static func run(_ seeds: Range<UInt64>) -> SeedSweep {
    let sum = Mutex(SeedSweep())
    DispatchQueue.concurrentPerform(iterations: seeds.count) { index in
      let seed = seeds.lowerBound + UInt64(index)
      let scenario = Result { try Scenario(seed: seed) }
      sum.withLock { $0.add(scenario, seed) }
    }
    return sum.withLock { $0 }
  }

  private mutating func add(_ scenario: Result<Scenario, any Error>, _ seed: UInt64) {
    scenarios += 1
    switch scenario {
    case .success(let scenario):
      runs += scenario.runs
      deaths += scenario.deaths
      failures += scenario.failures
      residue += scenario.residue
    case .failure(let error): breaches.append((seed, "\(error)"))
    }
  }

  package var description: String {
    let list = breaches.sorted { $0.seed < $1.seed }.prefix(20).map {
      "seed \($0.seed): \($0.words)\n  replay it: make simulate SEED=\($0.seed)\n"
    }
    return list.joined()
      + "\(scenarios) scenarios, \(runs) runs, \(deaths) died, \(failures) ended by the disk, "
      + "\(residue) second persons removed inside the window, \(breaches.count) broken rules"
  }
}
