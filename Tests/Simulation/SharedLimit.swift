package import PruneCore

/// The limit of an endpoint that other clients use too: the calls that are left in any second, over
/// time.
package struct SharedLimit: Sendable {
  /// From so many seconds on, so many calls a second are left; sorted.
  package var phases: [(from: Double, calls: Int)]
  /// Whether refused calls count as well; the service's documents do not say.
  package var countsRefused = true
  private var counted: [Instant] = []
  private var first: Instant?

  package init(_ calls: Int) { phases = [(0, calls)] }

  package init(_ phases: [(from: Double, calls: Int)], countsRefused: Bool) {
    self.phases = phases
    self.countsRefused = countsRefused
  }

  /// How many calls a second are left so many seconds after the first call.
  package func left(after seconds: Double) -> Int {
    phases.last { $0.from <= seconds }?.calls ?? 0
  }

  /// Whether a call that arrives now is accepted.
  package mutating func admits(at now: Instant) -> Bool {
    let start = first ?? now
    first = start
    counted.removeAll { now - $0 >= .seconds(1) }
    let isAdmitted = counted.count < left(after: (now - start).seconds)
    if isAdmitted || countsRefused { counted.append(now) }
    return isAdmitted
  }
}
