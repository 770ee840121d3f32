import PruneCore
import Simulation

extension Simulation.Run {
  /// How many calls of a kind the service refused as too fast, as the result says.
  func refusals(of call: Call) -> Int {
    result?.pace.first { $0.call == call }?.findings.refusals ?? 0
  }

  /// The rates of a kind of call that the user was told, in calls a second.
  func rates(of call: Call) -> [Double] {
    notices.compactMap { notice in
      if case .paced(call, let rate, _, _) = notice { rate } else { nil }
    }
  }
}
