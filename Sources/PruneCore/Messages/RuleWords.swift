/// Changes of rules in words.
package enum RuleWords {
  /// How many items of a list are named, and how long a text may be.
  private static let named = 10
  private static let longest = 80

  /// `100 -> 5,000`; for a list, `removed ceo; added svc_*`. `show` makes a value safe to
  /// show.
  package static func of(_ values: RuleChange.Values, _ show: (String) -> String) -> String {
    switch values {
    case .number(let before, let after):
      "\(before.map(grouped) ?? "none") -> \(after.map(grouped) ?? "none")"
    case .text(let before, let after):
      "\(before.map { cut(show($0)) } ?? "none") -> \(after.map { cut(show($0)) } ?? "none")"
    case .list(let removed, let added):
      [items(removed, "removed", show), items(added, "added", show)].compactMap(\.self)
        .joined(separator: "; ")
    }
  }

  private static func cut(_ text: String) -> String {
    let scalars = text.unicodeScalars
    return scalars.count > longest ? String(scalars.prefix(longest)) + "..." : text
  }

  private static func items(
    _ items: [String], _ word: String, _ show: (String) -> String
  ) -> String? {
    if items.isEmpty { return nil }
    let rest = items.count > named ? " and \(grouped(items.count - named)) more" : ""
    return "\(word) \(items.prefix(named).map(show).joined(separator: ", "))\(rest)"
  }

  /// Which rule a change uses as it loosens it, and what to do. `show` makes an address safe to show.
  static func of(_ use: RuleUse, _ show: (String) -> String) -> String {
    let what =
      switch use {
      case .cap(let operation, let planned, let before):
        "raises \(use.rule.rawValue), and with the users that it adds, the plan would "
          + "\(GuardWords.word(operation)) \(counted(planned, "user")), more than the "
          + "\(grouped(before)) allowed before"
      case .newRemovals(let planned, let before):
        "raises \(use.rule.rawValue) and adds \(counted(planned, "user")) to remove, more than the "
          + "\(grouped(before)) allowed before"
      case .absent(let users, let unread, let all, let before):
        "raises \(use.rule.rawValue), and \(grouped(users)) of \(counted(all, "user")) "
          + "\(users == 1 ? "has" : "have") no account"
          + (unread > 0 ? ", \(grouped(unread)) could not be read" : "")
          + ", more than the \(before) allowed before"
      case .expectation(let operation, let before, let found):
        "drops `\(use.rule.rawValue): \(grouped(before))` but lists \(counted(found, "user")) to "
          + GuardWords.word(operation)
      case .rights(let operation):
        "declares with app.edition, app.enabled or app.tags_api that the app may "
          + (operation == .removeAccount ? "remove accounts" : "clear tags")
          + ", and adds users to \(GuardWords.word(operation))"
      case .otherApp(let before): "replaces the app \(before) and adds users"
      case .otherService(let before): "replaces the service at \(show(before)) and adds users"
      }
    return "this change \(what). Change the rule in a pull request of its own, merge that first, "
      + "then add the users."
  }

  /// How a change edits the state, and what to do.
  static func of(_ edits: StateEdits, _ show: (String) -> String) -> String {
    "this change edits the state, which only imprune may write: \(facts(edits, show)). "
      + (edits.restore.map { "To restore the state of the base, run `\($0)` and commit it. " } ?? "")
      + "If the edit is intended and reviewed, or if the change only renames the manifest and its "
      + "state, pass --allow-state-edits."
  }

  /// How a change edits the state, where that is allowed.
  static func allowed(_ edits: StateEdits, _ show: (String) -> String) -> String {
    "this change edits the state, and --allow-state-edits permits that: \(facts(edits, show)). Check "
      + "each record, because imprune relies on it."
  }

  /// `50 records dropped, 1 altered (a, b and 49 more)`.
  private static func facts(_ edits: StateEdits, _ show: (String) -> String) -> String {
    var parts = edits.whole.map { [words($0)] } ?? []
    let counts = [(edits.dropped, "dropped"), (edits.added, "added"), (edits.altered, "altered")]
      .filter { $0.0 > 0 }
    if let (first, word) = counts.first {
      let others = counts.dropFirst().map { ", \(grouped($0.0)) \($0.1)" }.joined()
      let shown = edits.first.prefix(named).map { show($0.key.id.description) }
      let count = counts.reduce(0) { $0 + $1.0 }
      let rest = count > shown.count ? " and \(grouped(count - shown.count)) more" : ""
      parts.append(
        "\(counted(first, "record")) \(word)\(others) (\(shown.joined(separator: ", "))\(rest))")
    }
    return parts.joined(separator: "; ")
  }

  private static func words(_ whole: StateEdits.Whole) -> String {
    switch whole {
    case .new: "the state file is new, but the manifest is not"
    case .relinked:
      "the state file was replaced by a link or a folder, or its link now points to another file"
    case .deleted: "the state file is gone"
    case .header(let word): "the \(word) of the state differs"
    case .unreadable(let error): "the state of the base cannot be read. \(error.explanation)"
    }
  }

  /// The code of a refusal: `loosened-max-removals`.
  static func code(of use: RuleUse) -> String {
    switch use {
    case .cap(.removeAccount, _, _): "loosened-max-removals"
    case .cap(.clearTags, _, _): "loosened-max-clears"
    case .newRemovals: "loosened-max-new-removals"
    case .absent: "loosened-max-absent"
    case .expectation(.removeAccount, _, _): "loosened-expect-removals"
    case .expectation(.clearTags, _, _): "loosened-expect-clears"
    case .rights: "loosened-rights"
    case .otherApp: "other-app"
    case .otherService: "other-service"
    }
  }
}
