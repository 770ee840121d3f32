import PruneCore

/// What the next apply would do to one user and why, as text.
enum ExplainView {
  static func render(
    _ id: UserID, _ plan: Plan, _ records: [StateRecord], _ style: Style
  ) -> String {
    let entry = plan.manifest.entry(of: id)
    let item = plan.item(of: id)
    var lines: [(head: String, text: String)] = []
    lines.append(("manifest", goal(of: id, entry, plan)))
    let verdict = verdict(id, entry, item, plan, records)
    let isHeldUp = item != nil && item?.block == nil && plan.isRefused
    lines.append(
      (
        "next apply",
        isHeldUp ? "does nothing while a guard refuses the plan; then: " + verdict : verdict
      ))
    if let item, let block = item.block {
      lines.append(("guard", GuardWords.of(block, in: plan) + "."))
    } else if entry == nil, let block = plan.protection(of: id) {
      lines.append(
        (
          "guard",
          GuardWords.of(block, in: plan) + ", so imprune would refuse a plan with this user."
        ))
    }
    if isHeldUp {
      let refusals = plan.refusals.map { GuardWords.of($0, printable) }
      let blocked = plan.counts.blocked
      let others =
        blocked > 0
        ? [
          "\(counted(blocked, "user")) of the plan \(blocked == 1 ? "is" : "are") blocked. "
            + "Remove \(blocked == 1 ? "it" : "them") from the manifest, or change the guard."
        ] : []
      lines.append(
        (
          "refused",
          "imprune cannot apply the plan: " + (refusals + others).joined(separator: " ")
        ))
    }
    for record in records { lines.append(("state", history(record))) }
    if records.isEmpty {
      lines.append(
        ("state", plan.state == nil ? "there is no state file." : "no record of this user.")
      )
    }
    var text = style.bold("\(id)") + "\n"
    for (head, words) in lines {
      let label = head + String(repeating: " ", count: max(1, 12 - head.count))
      text += style.wrapped("  " + style.faint(label) + words, hanging: 14) + "\n"
    }
    return text
  }

  private static func goal(of id: UserID, _ entry: Entries.Entry?, _ plan: Plan) -> String {
    guard let entry else {
      let twin = plan.manifest.entries.list.first { $0.id.folded == id.folded }
      let hint = twin.map { " It lists `\($0.id)`, which differs only by case." } ?? ""
      return "does not list this user." + hint
    }
    let entries = plan.manifest.entries
    let place = entries.place(of: entry)
    let goal =
      entries.operation(of: entry) == .removeAccount ? "remove the account" : "clear all tags"
    var text =
      "\(goal), at \(printable(plan.manifest.files[Int(place.file)])):\(place.line):\(place.column), revision "
      + "\(entries.revision(of: entry))"
    if let reason = entries.reason(of: entry) { text += ", reason: \(reason)" }
    return text + "."
  }

  private static func verdict(
    _ id: UserID, _ entry: Entries.Entry?, _ item: Plan.Item?, _ plan: Plan,
    _ records: [StateRecord]
  ) -> String {
    guard let entry else {
      let isUnknown = records.contains { $0.attempt?.status == .unknown }
      return isUnknown
        ? "asks the service about the earlier call, and changes nothing: imprune changes only "
          + "users in the manifest."
        : "does nothing: imprune changes only users in the manifest."
    }
    let operation = plan.manifest.entries.operation(of: entry)
    let act = operation == .removeAccount ? "removes the user" : "clears the tags of the user"
    let record = records.first { $0.operation == operation }
    guard let item else {
      let done = record?.done.map { " (\($0.outcome.rawValue)) since \($0.time)" } ?? ""
      return "does nothing: done\(done). To repeat it, raise its revision in the manifest."
    }
    if item.block != nil {
      return "refuses the whole plan, because a guard blocks this user. "
        + "Remove the user from the manifest, or change the guard."
    }
    switch item.cause {
    case .new: return "\(act): the state has no record of it."
    case .again:
      let done = record?.done.map { " \($0.revision) was done at \($0.time)" } ?? ""
      return "\(act) again: revision\(done), and the manifest has revision "
        + "\(plan.revision(of: item))."
    case .retry(let code):
      let advice =
        code == ServiceCodes.absent
        ? " The service reports that the user does not exist; if that is right, `apply "
          + "--accept-absent` records it as done."
        : ServiceCodes.advice(code).map { " " + $0 } ?? ""
      return "\(act): the last attempt failed with code \(code)." + advice
    case .unknown:
      return "first asks the service whether the earlier call took effect. It \(act) only if the "
        + "call did not take effect and is recent (`apply --resend-within`)."
    case .done: return "does nothing: done."
    }
  }

  private static func history(_ record: StateRecord) -> String {
    var parts: [String] = []
    if let done = record.done {
      parts.append(
        "\(done.outcome.rawValue) at revision \(done.revision), \(done.time), by run \(done.run)")
    }
    if let attempt = record.attempt {
      let status =
        switch attempt.status {
        case .failed(let code): "failed with code \(code)"
        case .unknown: "could not be confirmed"
        }
      parts.append(
        "last attempt \(status), at revision \(attempt.revision), \(attempt.time), by run "
          + "\(attempt.run)")
    }
    return "\(record.operation.name): " + parts.joined(separator: "; ") + "."
  }
}
