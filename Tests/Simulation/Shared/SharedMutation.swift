/// A rule of shared states, broken on purpose.
package enum SharedMutation: String, CaseIterable, Sendable {
  /// A run sends however old its newest append is.
  case noLease
  /// A run takes a state over without waiting.
  case noWait
  /// An append overwrites what is at its index.
  case overwritingAppend
  /// A batch is sent before its intent is in the log.
  case sendFirst
  /// A state is replaced whatever its version.
  case unconditionalReplace
  /// The state is not read again after the entry that opens it.
  case noSecondRead
  /// Entries by which runs have opened the state are removed too.
  case trimsOpens
}
