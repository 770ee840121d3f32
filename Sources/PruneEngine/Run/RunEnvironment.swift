package import PruneCore

/// What a command takes from its process.
package struct RunEnvironment: Sendable {
  /// A variable; nil if it is missing or empty.
  package var variable: @Sendable (String) -> String?
  /// Whether there is a terminal on which a person can answer.
  package var hasTerminal: Bool
  /// The wall clock.
  package var now: @Sendable () -> Timestamp = { Timestamp(seconds: Process.wallSeconds()) }

  package init(variable: @escaping @Sendable (String) -> String?, hasTerminal: Bool) {
    self.variable = variable
    self.hasTerminal = hasTerminal
  }

  /// The environment of this process.
  package static var current: RunEnvironment {
    RunEnvironment(variable: { Process.environment($0) }, hasTerminal: Process.isTerminal(0))
  }
}
