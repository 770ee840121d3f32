/// How a run's results are folded into a record. A higher revision always wins, and at the same
/// revision a completed operation beats everything else.
package enum FoldRule: Sendable {
  /// The run began from this state, so it knows everything in the state: at the same revision its
  /// attempt replaces the state's. An unknown user who was read and refused has failed.
  case successor
  /// Another process that did not know the run has saved the state since the run began: at the same
  /// revision unknown beats failed, since one of the two calls may have acted.
  case concurrent
}
