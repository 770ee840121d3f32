/// The messages of guards: a code that stays the same in all versions, and words that name the
/// setting to change.
package enum GuardWords {
  package static func of(_ block: Block, _ manifest: Manifest) -> String {
    switch block {
    case .protected(let index):
      "protected by `\(manifest.guards.protected[Int(index)].text)` in guards.protected"
    case .administrator: "imprune never changes `administrator`"
    case .callingAdmin: "imprune never changes the admin account that it uses for its calls"
    case .reservedPrefix: "the service reserves this prefix; imprune never changes such users"
    case .unprotected: "protected by guards.protected before this change"
    case .formerAdmin: "the admin account before this change"
    case .policy: "protected by a policy"
    }
  }

  /// As above, with the entry that protects the user, wherever it is.
  package static func of(_ block: Block, in plan: Plan) -> String {
    switch block {
    case .unprotected(let index):
      let entry = plan.rulesBefore?.unprotected[Int(index)] ?? ""
      return "protected by `\(entry)` in guards.protected before this change"
    case .policy(let index):
      let (pattern, policy) = plan.policies.entry(at: index)
      return "protected by `\(pattern)` in the policy \(policy)"
    case .protected, .administrator, .callingAdmin, .reservedPrefix, .formerAdmin:
      return of(block, plan.manifest)
    }
  }

  /// What to do about blocked users, as a sentence. `isChange` is whether the plan was compared with a
  /// base: then no rule can be loosened together with its use.
  package static func advice(_ block: Block, users: Int = 1, isChange: Bool = false) -> String {
    let remove = "Remove the \(users == 1 ? "user" : "users") from the manifest"
    return switch block {
    case .protected: remove + ", or change guards.protected" + (isChange ? alone : ".")
    case .unprotected: "Change guards.protected" + alone
    case .formerAdmin: "Change app.admin" + alone
    case .administrator, .callingAdmin, .reservedPrefix, .policy: remove + "."
    }
  }

  private static let alone = " in a pull request of its own, and merge that first."

  /// Why a plan is refused, as a sentence. `isChange` is whether it was compared with a base; `show`
  /// makes text from others safe to show.
  package static func of(
    _ refusal: Refusal, isChange: Bool = false, _ show: (String) -> String = { $0 }
  ) -> String {
    let inManifest = isChange ? alone : " in the manifest."
    return switch refusal {
    case .cap(let operation, let planned, let limit):
      "the plan would \(word(operation)) \(counted(planned, "user")), but the limit is \(limit). "
        + "If the number is right, raise "
        + "guards.\(operation == .removeAccount ? "max_removals" : "max_clears")\(inManifest)"
    case .flagCap(let planned, let limit):
      "the plan would remove \(counted(planned, "user")), but --max-removals allows \(limit). If "
        + "the number is right, raise --max-removals; guards.max_removals in the manifest still "
        + "applies."
    case .newRemovals(let planned, let limit):
      "this change adds \(counted(planned, "user")) to remove, but one change may add \(limit). "
        + "Split the change. If the number is right, raise guards.max_new_removals\(inManifest)"
    case .expectation(let operation, let expected, let found):
      "the manifest lists \(counted(found, "user")) to \(word(operation)), but `expect` says "
        + "\(expected). Correct the list or expect."
        + (operation == .removeAccount ? "removals" : "clears") + "."
    case .absent(let users, let unread, let all, let limit):
      "\(grouped(users)) of \(counted(all, "user")) \(users == 1 ? "has" : "have") no account"
        + (unread > 0 ? ", and \(grouped(unread)) could not be read" : "")
        + ", but guards.max_absent allows only \(limit). Check the app, the region and the list. If "
        + "the number is right, raise guards.max_absent\(inManifest)"
    case .removalsNeedEdition(let edition):
      "a \(edition.rawValue) app cannot remove accounts by default (the service returns 71000). "
        + "Lift the restriction in the console (Account Management) and add account_deletion to "
        + "app.enabled. Or move the app to trial or developer and change app.edition. An older "
        + "documentation page mentions only trial and no switch in the console."
    case .clearsNeedTagPush(let edition):
      "tag calls are off by default in every edition (the service returns 90045), and this app "
        + "is \(edition.rawValue). Switch on push to all users in the console, or request it by "
        + "ticket, and add tag_push to app.enabled. The documentation is inconsistent: one page "
        + "allows tag calls only in ultimate, another also in pro, pro_plus and enterprise; in "
        + "any other edition, move the app to one of these first. If the app has TIMPush, you "
        + "can use `tags_api: timpush` instead."
    case .loosened(let use): RuleWords.of(use, show)
    case .stateEdited(let edits): RuleWords.of(edits, show)
    case .policy(let refusal): refusal.words(show)
    }
  }

  /// A warning, as a sentence; `show` makes text from others safe to show.
  package static func of(
    _ caution: Caution, _ show: (String) -> String = { $0 }
  ) -> String {
    switch caution {
    case .stateEdited(let edits): RuleWords.allowed(edits, show)
    case .tagsBelowUltimate(let edition):
      "the documentation is inconsistent about tag calls in \(edition.rawValue) apps; some pages "
        + "allow them only in ultimate. Run `imprune precheck` to find out."
    case .tagRightsUnknown:
      "imprune cannot check offline whether this app may use the timpush calls, because tag_push "
        + "is not in app.enabled. Run `imprune precheck` to find out."
    }
  }

  package static func of(
    _ caution: StateCaution, _ show: (String) -> String = { $0 }
  ) -> String {
    switch caution {
    case .journal(let run):
      "run \(run) is in progress or was interrupted, and this plan includes the outcomes in its "
        + "journal. Do not commit the journal to version control."
    case .link(let name):
      "the state \(show(name)) is a link. Review and commit the file that it points to, or name that "
        + "file with --state."
    }
  }

  package static func word(_ operation: Operation) -> String {
    operation == .removeAccount ? "remove" : "clear"
  }

  // MARK: - Codes

  package static func code(of block: Block) -> String {
    switch block {
    case .protected: "protected"
    case .administrator: "administrator"
    case .callingAdmin: "calling-admin"
    case .reservedPrefix: "reserved-prefix"
    case .unprotected: "unprotected"
    case .formerAdmin: "former-admin"
    case .policy: "policy-protected"
    }
  }

  package static func code(of refusal: Refusal) -> String {
    switch refusal {
    case .cap(.removeAccount, _, _): "max-removals"
    case .cap(.clearTags, _, _): "max-clears"
    case .flagCap: "max-removals-flag"
    case .newRemovals: "max-new-removals"
    case .expectation(.removeAccount, _, _): "expect-removals"
    case .expectation(.clearTags, _, _): "expect-clears"
    case .absent: "max-absent"
    case .removalsNeedEdition: "removals-need-edition"
    case .clearsNeedTagPush: "clears-need-tag-push"
    case .loosened(let use): RuleWords.code(of: use)
    case .stateEdited: "state-edited"
    case .policy(let refusal): refusal.code
    }
  }

  package static func code(of caution: StateCaution) -> String {
    switch caution {
    case .journal: "journal"
    case .link: "linked-state"
    }
  }

  package static func code(of caution: Caution) -> String {
    switch caution {
    case .tagsBelowUltimate: "tags-below-ultimate"
    case .tagRightsUnknown: "tag-rights-unknown"
    case .stateEdited: "state-edits-allowed"
    }
  }
}

extension Plan {
  /// A remark about a plan as a whole.
  package struct Remark: Equatable, Sendable {
    package let code: String
    package let message: String
  }

  /// Why the whole plan is refused, beyond its blocked items.
  package var refusalRemarks: [Remark] {
    refusals.map { refusal in
      Remark(
        code: GuardWords.code(of: refusal),
        message: GuardWords.of(refusal, isChange: base != nil))
    }
  }

  /// What to do about blocked users, a sentence for each kind of block.
  package var blockAdvice: [String] {
    var kinds: [(code: String, block: Block, users: Int)] = []
    for block in items.lazy.compactMap(\.block) {
      let code = GuardWords.code(of: block)
      if let index = kinds.firstIndex(where: { $0.code == code }) {
        kinds[index].users += 1
      } else {
        kinds.append((code, block, 1))
      }
    }
    return kinds.map { kind in
      "\(counted(kind.users, "user")) \(kind.users == 1 ? "is" : "are") blocked "
        + "(\(kind.code)). "
        + GuardWords.advice(kind.block, users: kind.users, isChange: base != nil)
    }
  }

  /// What a reader should know although it refuses nothing; a missing state comes first. `show` makes
  /// text from others safe to show.
  package func warningRemarks(_ show: (String) -> String = { $0 }) -> [Remark] {
    let noState = Remark(
      code: "no-state",
      message:
        "imprune compared with no state, so the plan has every user in the manifest, including "
        + "those that earlier runs may have completed. If there is a state, name it with --state; if it "
        + "is lost, restore it.")
    return (state == nil ? [noState] : []) + policies.remarks(show)
      + stateCautions.map {
        Remark(code: GuardWords.code(of: $0), message: GuardWords.of($0, show))
      }
      + cautions.map { Remark(code: GuardWords.code(of: $0), message: GuardWords.of($0, show)) }
  }
}
