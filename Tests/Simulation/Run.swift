package import PruneCore
package import PruneEngine

extension Simulation {
  /// What came of a run; `result` is nil if the process died or the disk failed.
  package struct Run {
    /// Nil if the run did not come so far.
    package var plan: Plan?
    package var result: RunResult?
    /// Why the state could not be read or saved.
    package var failure: StateStoreError?
    package var calls: [SimulatedCall] = []
    package var notices: [Notice] = []
    package var renewals = 0
    package var hasAbandoned = false
    package var steps = 0
    package var operations = 0
    /// Those operations that write or sync.
    package var writes = 0

    package var hasDied: Bool { result == nil && failure == nil }

    /// The users of each call of a kind, the precheck's left out.
    package func ids(_ call: Call) -> [[String]] {
      calls.filter { $0.purpose == .users && $0.call == call }.map { $0.ids.map(\.description) }
    }

    /// The ids of the calls of a step of the precheck, one each.
    package func ids(_ step: SimulatedCall.Purpose) -> [String] {
      calls.filter { $0.purpose == step }.flatMap { $0.ids.map(\.description) }
    }

    /// When the calls of a kind for users left.
    package func sends(_ call: Call) -> [Instant] {
      calls.filter { $0.purpose == .users && $0.call == call }.map(\.sent)
    }

    /// The steps of the precheck that have passed.
    package var passed: [PrecheckStep] {
      notices.compactMap { if case .passed(let step) = $0 { step } else { nil } }
    }

    package var exitCode: Exit? { result.map { Exit($0) } }
    package var counts: OutcomeCounts { result?.counts ?? OutcomeCounts() }
  }
}
