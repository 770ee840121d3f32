/// How what a run learnt is folded into a record. Always a higher revision wins, and at the same
/// revision what is done beats everything else.
package enum FoldRule: Sendable {
  /// The run began from this state, so it knows what the state knows: at the same revision its word
  /// on an attempt replaces the state's. What was unknown, and was read and refused, has failed.
  case successor
  /// The state has been saved since the run began, by something that did not know the run: at the
  /// same revision what is unknown beats what failed, since one of the two sendings may have acted.
  case concurrent
}
