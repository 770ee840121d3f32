package import PruneCore
package import PruneEngine

extension Simulation {
  /// The result of a run; `result` is nil if the process died or the disk failed.
  package struct Run {
    /// Nil if the run did not get so far.
    package var plan: Plan?
    package var result: RunResult?
    /// What a refresh has found, by item of the plan.
    package var findings: [Finding] = []
    /// Why the state could not be read or saved.
    package var failure: StateStoreError?
    package var calls: [SimulatedCall] = []
    package var notices: [Notice] = []
    package var renewals = 0
    package var hasAbandoned = false
    package var steps = 0
    package var operations = 0
    /// How many operations write or sync.
    package var writes = 0

    package var hasDied: Bool { result == nil && failure == nil }

    /// The users of each call of a kind, without the precheck's.
    package func ids(_ call: Call) -> [[String]] {
      calls.filter { $0.purpose == .users && $0.call == call }.map { $0.ids.map(\.description) }
    }

    /// The ids of the calls for a purpose.
    package func ids(_ step: SimulatedCall.Purpose) -> [String] {
      calls.filter { $0.purpose == step }.flatMap { $0.ids.map(\.description) }
    }

    /// When the calls of a kind for users were sent.
    package func sends(_ call: Call) -> [Instant] {
      calls.filter { $0.purpose == .users && $0.call == call }.map(\.sent)
    }

    /// The precheck steps that have passed.
    package var passed: [PrecheckStep] {
      notices.compactMap { if case .passed(let step) = $0 { step } else { nil } }
    }

    package var exitCode: Exit? { result.map { Exit($0) } }
    package var counts: OutcomeCounts { result?.counts ?? OutcomeCounts() }
  }
}
