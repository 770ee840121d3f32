/// Computes what to do: a sorted merge of the wanted users with the state (docs/architecture.md,
/// "What a plan decides").
///
/// | manifest | state | plan |
/// |---|---|---|
/// | wanted at r | done at r or higher | unchanged |
/// | wanted at r | no record, or done lower | to do (`new`, `again`) |
/// | wanted at r | last attempt at r failed | to do (`retry`) |
/// | wanted at r | last attempt at r unknown | `unknown`: resolved first |
/// | not mentioned | any | nothing; what is unknown is still resolved by reading |
package enum Planner {
  /// Plans against the records of `cursor`, whose state has this header; nil means no state file.
  ///
  /// The guards are applied later; see `Guards.judge`.
  package static func plan<Records: RecordSource & ~Copyable>(
    _ manifest: Manifest, _ header: StateHeader?, _ cursor: inout Records
  ) throws(StateError) -> Plan {
    var plan = Plan(manifest: manifest, state: header)
    let entries = manifest.entries
    // Unused room is never touched.
    plan.items.reserveCapacity(entries.list.count)
    var coverage = ProtectedCoverage(manifest.guards.protected)
    var record = try cursor.next()
    for index in entries.list.indices {
      let entry = entries.list[index]
      let operation = entries.operation(of: entry)
      var match: StateRecord?
      while let known = record, known.id <= entry.id {
        plan.note(known)
        coverage.meet(next: known.id)
        if known.id == entry.id, known.operation == operation { match = known }
        record = try cursor.next()
      }
      if let cause = cause(wanted: entries.revision(of: entry), match) {
        plan.items.append(Plan.Item(entry: UInt32(index), cause: cause, operation: operation))
      } else {
        plan.unchanged += 1
        if let done = match?.done, let unfinished = header?.unfinished,
          unfinished.runs.contains(done.run)
        {
          plan.doneByUnfinished.append(UInt32(index))
        }
      }
    }
    while let known = record {
      plan.note(known)
      coverage.meet(next: known.id)
      record = try cursor.next()
    }
    plan.unmatchedProtected = coverage.unmet
    return plan
  }

  /// Why a user wanted at a revision needs work, or nil if done.
  static func cause(wanted: Revision, _ record: StateRecord?) -> Plan.Cause? {
    guard let record else { return .new }
    if let done = record.done, done.revision >= wanted { return nil }
    if let attempt = record.attempt, attempt.revision >= wanted {
      switch attempt.status {
      case .failed(let code): return .retry(code)
      case .unknown: return .unknown
      }
    }
    return record.done == nil ? .new : .again
  }
}

extension Plan {
  fileprivate mutating func note(_ record: StateRecord) {
    switch record.done?.outcome {
    case .removed: hasRemovedBefore = true
    case .cleared: hasClearedBefore = true
    case .alreadyAbsent, nil: break
    }
    if record.attempt?.status == .unknown { unresolved.append(record) }
  }
}
