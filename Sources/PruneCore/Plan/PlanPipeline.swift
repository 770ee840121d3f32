/// From a manifest and a state to a checked plan: the only way, for every command
/// (docs/architecture.md, "Pipeline").
package struct PlanPipeline: Equatable, Sendable {
  package let manifest: Manifest
  /// The manifest before a change, to compare the plan with; nil to compare with nothing.
  package let base: Base?
  /// A cap on the command line, which may only lower the manifest's.
  package let maxRemovals: Int?
  package let policies: Policies

  package init(
    _ manifest: Manifest, base: Base? = nil, maxRemovals: Int? = nil, policies: Policies = .none
  ) {
    self.manifest = manifest
    self.base = base
    self.maxRemovals = maxRemovals
    self.policies = policies
  }

  /// The facts about a state that a plan needs besides its records.
  package struct Source: Equatable, Sendable {
    /// Nil if there is no state file.
    package let header: StateHeader?
    /// The run whose journal the records include, if there is a journal.
    package let journal: RunID?
    /// The state's name, if that name is a link.
    package let link: String?

    package init(header: StateHeader?, journal: RunID? = nil, link: String? = nil) {
      self.header = header
      self.journal = journal
      self.link = link
    }

    fileprivate var cautions: [StateCaution] {
      [journal.map(StateCaution.journal), link.map(StateCaution.link)].compactMap(\.self)
    }
  }

  /// Checks the state, plans against its records, compares the plan with the base, applies the
  /// guards, and adds warnings about the state's files.
  package func plan(
    _ source: Source, _ records: consuming StateCursor
  ) throws(StateError) -> Plan {
    if let header = source.header { try check(header) }
    guard let base else {
      return judged(try Planner.plan(manifest, source.header, &records), source)
    }
    var plan: Plan
    if let before = base.state {
      var comparer = StateComparer(records, source.header, before: before)
      plan = try Planner.plan(manifest, source.header, &comparer)
      plan.compare(with: base)
      plan.take(comparer.edits, lost: comparer.lost, of: base)
    } else {
      plan = try Planner.plan(manifest, source.header, &records)
      plan.compare(with: base)
    }
    return judged(plan, source)
  }

  private func judged(_ plan: consuming Plan, _ source: Source) -> Plan {
    plan.policies = policies
    Guards.judge(&plan, maxRemovals: maxRemovals)
    plan.stateCautions = source.cautions
    return plan
  }

  /// Throws unless a state has the manifest's app and kind of service.
  package func check(_ header: StateHeader) throws(StateError) {
    let app = manifest.app
    if header.app != app.id { throw .otherApp(state: header.app, manifest: app.id) }
    if let service = app.service, header.service != service {
      throw .otherService(state: header.service, manifest: service)
    }
  }
}
