/// What guards have to say: a code that stays in all versions, and words with the one setting that
/// lifts it.
package enum GuardWords {
  package static func of(_ block: Block, _ manifest: Manifest) -> String {
    switch block {
    case .protected(let index):
      "protected by `\(manifest.guards.protected[Int(index)].text)` in guards.protected"
    case .administrator: "`administrator` is never touched"
    case .callingAdmin: "the admin that calls are made as is never touched"
    case .reservedPrefix: "the service keeps this prefix for itself; such users are never touched"
    }
  }

  package static func of(_ refusal: Refusal) -> String {
    switch refusal {
    case .cap(let operation, let planned, let limit):
      "\(counted(planned, "user")) to \(word(operation)), and the cap is \(limit). If that is "
        + "right, raise guards.\(operation == .removeAccount ? "max_removals" : "max_clears") in "
        + "the manifest."
    case .flagCap(let planned, let limit):
      "\(counted(planned, "user")) to remove, and --max-removals allows \(limit). If that is right, "
        + "raise it; above guards.max_removals of the manifest it has no effect."
    case .newRemovals(let planned, let limit):
      "this change adds \(counted(planned, "user")) to remove, and one change may add \(limit). Split "
        + "it, or, if that is right, raise guards.max_new_removals in the manifest."
    case .expectation(let operation, let expected, let found):
      "the manifest asks to \(word(operation)) \(counted(found, "user")), and its `expect` says "
        + "\(expected). Mend the list, or expect."
        + (operation == .removeAccount ? "removals" : "clears") + "."
    case .removalsNeedEdition(let edition):
      "an app of edition \(edition.rawValue) may not remove accounts by default (the service "
        + "answers 71000); trial and developer may. Two ways out: move the app to one of these and "
        + "change app.edition, or lift the restriction in the console (Account Management) and add "
        + "account_deletion to app.enabled. An older page of the documents knows of trial only, "
        + "and of no switch."
    case .clearsNeedTagPush(let edition):
      "tag calls are off by default in every edition (the service answers 90045); this app is "
        + "\(edition.rawValue). Two ways out: in an edition that may have them (the pages disagree: "
        + "ultimate only, or pro, pro_plus and enterprise too; otherwise move the app to one), "
        + "switch on push to all users in the console, or ask for it by ticket, as one page still "
        + "demands; then add tag_push to app.enabled. Or use `tags_api: timpush`, if the app has it."
    }
  }

  package static func of(_ caution: Caution) -> String {
    switch caution {
    case .tagsBelowUltimate(let edition):
      "the documents disagree whether an app of edition \(edition.rawValue) may have tag calls; "
        + "some say ultimate only."
    case .tagRightsUnknown:
      "whether this app may use the timpush calls cannot be told offline; tag_push is not in "
        + "app.enabled."
    }
  }

  package static func of(_ caution: StateCaution) -> String {
    switch caution {
    case .journal(let run):
      "run \(run) is in progress or was interrupted, and this plan includes what its journal says. A "
        + "journal does not belong in version control."
    case .link(let name):
      "the state \(name) is a link. Review and commit the file that it leads to, or name that file "
        + "with --state."
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
    case .removalsNeedEdition: "removals-need-edition"
    case .clearsNeedTagPush: "clears-need-tag-push"
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
    }
  }
}

extension Plan {
  /// Something that is said of a plan as a whole.
  package struct Remark: Equatable, Sendable {
    package let code: String
    package let message: String
  }

  /// Why the whole plan is refused, beyond its blocked items.
  package var refusalRemarks: [Remark] {
    refusals.map { Remark(code: GuardWords.code(of: $0), message: GuardWords.of($0)) }
  }

  /// What a reader should know though it refuses nothing; that there is no state comes first.
  package var warningRemarks: [Remark] {
    let noState = Remark(
      code: "no-state",
      message: "there is no state: nothing is known to be done, so everything that the manifest "
        + "asks for is planned.")
    return (state == nil ? [noState] : [])
      + stateCautions.map { Remark(code: GuardWords.code(of: $0), message: GuardWords.of($0)) }
      + cautions.map { Remark(code: GuardWords.code(of: $0), message: GuardWords.of($0)) }
  }
}
