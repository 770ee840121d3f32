/// A broken rule of the applier: which, and where in the run.
package struct Breach: Error, CustomStringConvertible {
  /// The rules that a run on a failing machine must keep (docs/architecture.md, "The promise").
  package enum Rule: Sendable {
    /// No id outside the plan is sent.
    case onlyPlanned
    /// Calls to an endpoint keep their distance.
    case spacing
    /// Nothing is sent after the run was stopped.
    case stop
    /// Nothing is sent without a durable intent.
    case intentFirst
    /// No tags are cleared that are not on disk.
    case tagsFirst
    /// Every record of a completed user is true.
    case truth
    /// No user is recorded as already absent while only absent users were found.
    case absence
    /// Everything reported as durable survives every crash, and nothing else appears.
    case durability
    /// No user is sent after the service confirmed the user.
    case confirmed
    /// No user is sent outside the resend window after a call without a response.
    case window
    /// A second person under an id is not changed.
    case secondPerson
    /// A concurrent reader sees the state of one moment.
    case oneMoment
    /// A run changes no user after it lost its lock, or if it cannot save.
    case ownership
    /// Runs end, and runs without faults succeed.
    case end
    /// Any other rule of every run.
    case other
  }

  package let rule: Rule
  package let description: String

  package init(_ rule: Rule, _ description: String) {
    self.rule = rule
    self.description = description
  }

  package init(_ description: String) { self.init(.other, description) }
}
