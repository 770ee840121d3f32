package import PruneCore

/// A plan in a form only for tests: one line per item, then counts, refusals, warnings.
package func planText(_ plan: Plan) -> String {
  let entries = plan.manifest.entries
  var lines = plan.items.map { item in
    let entry = plan.entry(of: item)
    let place = entries.place(of: entry)
    var words = [
      item.operation.name, entry.id.description, "revision \(plan.revision(of: item))",
      text(item.cause),
    ]
    if let block = item.block { words.append("BLOCKED " + text(block, plan)) }
    words.append("at \(plan.manifest.files[Int(place.file)]):\(place.line):\(place.column)")
    if let reason = entries.reason(of: entry) { words.append("reason: \(reason)") }
    return words.joined(separator: " | ")
  }
  lines += plan.unresolved.map { "to resolve: \($0.operation.name) | \($0.id)" }
  let counts = plan.counts
  lines.append(
    "\(counts.removals) to remove, \(counts.clears) to clear, \(counts.unchanged) unchanged, "
      + "\(counts.blocked) blocked, \(counts.unknown) unknown")
  lines += plan.refusals.map { "refused: \(text($0))" }
  lines += plan.cautions.map { "caution: \(text($0))" }
  if plan.isEmpty { lines.append("nothing to do") }
  if plan.isRefused { lines.append("the plan is refused") }
  lines.append("digest \(plan.digest())")
  return lines.map { $0 + "\n" }.joined()
}

private func text(_ cause: Plan.Cause) -> String {
  switch cause {
  case .new: "new"
  case .again: "again"
  case .retry(let code): "retry after \(code)"
  case .unknown: "unknown"
  case .done: "done"
  }
}

private func text(_ block: Block, _ plan: Plan) -> String {
  switch block {
  case .protected(let index): "protected by `\(plan.manifest.guards.protected[Int(index)].text)`"
  case .administrator: "administrator"
  case .callingAdmin: "calling admin"
  case .reservedPrefix: "reserved prefix"
  case .unprotected, .formerAdmin: GuardWords.of(block, in: plan)
  case .policy(let index): "protected by entry \(index) of the policies"
  }
}

private func text(_ refusal: Refusal) -> String {
  switch refusal {
  case .cap(let operation, let planned, let limit):
    "\(operation.name): \(planned) planned, at most \(limit)"
  case .flagCap(let planned, let limit): "\(planned) removals planned, at most \(limit)"
  case .newRemovals(let planned, let limit): "\(planned) new removals, at most \(limit)"
  case .absent(let users, let unread, let all, let limit):
    "\(users) absent and \(unread) unread of \(all), at most \(limit)"
  case .expectation(let operation, let expected, let found):
    "\(operation.name): \(expected) expected, \(found) in the manifest"
  case .removalsNeedEdition(let edition): "removals with edition \(edition.rawValue)"
  case .clearsNeedTagPush: "clears without tag_push"
  case .loosened, .stateEdited: GuardWords.of(refusal)
  case .policy(let refusal): refusal.code
  }
}

private func text(_ caution: Caution) -> String {
  switch caution {
  case .tagsBelowUltimate(let edition): "tags with edition \(edition.rawValue)"
  case .tagRightsUnknown: "tag rights are not known"
  case .stateEdited: GuardWords.of(caution)
  }
}
