/// A rule of the applier was broken: which, and where in the run.
package struct Breach: Error, CustomStringConvertible {
  /// The rules that a run on a failing machine must keep (docs/architecture.md, "The promise").
  package enum Rule: Sendable {
    /// No id outside the plan is sent.
    case onlyPlanned
    /// Sends to an endpoint keep their distance.
    case spacing
    /// Nothing leaves once the run was stopped.
    case stop
    /// Nothing is sent whose intent is not durable.
    case intentFirst
    /// What is recorded as done was done.
    case truth
    /// Nobody is taken for already absent as long as only such users were met.
    case absence
    /// What was said to be durable outlives every crash, and nothing else comes up.
    case durability
    /// Nobody is sent once the service has confirmed it.
    case confirmed
    /// Nobody is sent later than the window after a send without an answer.
    case window
    /// A second person under an id is not touched.
    case secondPerson
    /// Whoever reads beside a run sees one moment.
    case oneMoment
    /// A run touches nobody once it has lost its lock, nor if it cannot save what it does.
    case ownership
    /// Runs end, and runs without faults end well.
    case end
    /// Whatever else holds in every run.
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
