/// The times by which runs on different machines avoid overlapping
/// (docs/architecture.md, "Shared states"). Each machine counts on its own clock.
package enum Lease {
  /// How long after the start of an answered append its run may send. A call sent at the end of this
  /// time is over 13 s later: 10 s until it times out, and the 3 s of the service.
  package static let validity = Interval.seconds(15)
  /// How long a run that has nothing to write waits until it writes an empty entry.
  package static let renewal = Interval.seconds(5)
  /// How long a log must stay unchanged before its run counts as dead; more than `validity` and 13 s.
  package static let patience = Interval.seconds(40)
  /// How often to look whether a log has grown.
  static let look = Interval.seconds(1)
}
