import PruneCore
import PruneEngine

/// The result of a run, as text.
enum ResultView {
  /// Renders a result; `again` is the command that continues, `state` the state's name, and `tags`
  /// what became of the tags, in sentences.
  static func render(
    _ result: RunResult, _ style: Style, again: String, state: String, tags: String?
  ) -> String {
    let counts = result.counts
    var text = ""
    for failure in result.failures {
      text +=
        style.red("  failed") + "  \(failure.operation.name)  \(failure.id)  code \(failure.code)\n"
    }
    if counts.failed > result.failures.count {
      text +=
        "  ... and \(grouped(counts.failed - result.failures.count)) more; "
        + "`imprune state list --state \(quoted(state)) | grep failed` lists them\n"
    }
    let numbers =
      "\(grouped(counts.removed)) removed, \(grouped(counts.alreadyAbsent)) already absent, "
      + "\(grouped(counts.cleared)) cleared, \(grouped(counts.failed)) failed, "
      + "\(grouped(counts.unknown)) unknown"
    let status = Exit(result)
    if let stop = result.stop {
      text += style.wrapped(style.red("Apply stopped: ") + words(stop)) + "\n"
      text +=
        style.wrapped(
          style.bold("Until then: \(numbers), \(grouped(counts.notAttempted)) not attempted."))
        + "\n"
    } else if status == .success {
      text += style.wrapped(style.green("Apply complete!") + " " + style.bold(numbers + ".")) + "\n"
    } else {
      let left = counts.notAttempted > 0 ? ", \(grouped(counts.notAttempted)) not attempted" : ""
      text +=
        style.wrapped(style.yellow("Apply complete!") + " " + style.bold(numbers + left + "."))
        + "\n"
    }
    if status == .error || status == .refused {
      return text + "No user was changed.\n"
    }
    if result.stillThere > 0 {
      let ids = result.stillThereExamples.map(\.description).joined(separator: ", ")
      text +=
        style.wrapped(
          "\(counted(result.stillThere, "unknown user")) from earlier runs "
            + "\(result.stillThere == 1 ? "exists" : "exist") now. Each id may belong to another "
            + "person, so imprune did not change them: \(ids)"
            + (result.stillThere > result.stillThereExamples.count ? ", ..." : "")
            + ". If a user must still be changed, raise its revision in the manifest. If you "
            + "know the outcome, record it with `imprune state resolve ID --as removed` (or "
            + "`cleared`, or "
            + "`open`)\(state == "imprune.state" ? "" : " and --state \(quoted(state))").") + "\n"
    }
    if counts.unknown > result.stillThere {
      text +=
        style.wrapped(
          "imprune does not know whether the service has changed the unknown users. The next apply "
            + "asks about them before it changes anything.") + "\n"
    }
    for pace in result.pace {
      guard let words = words(pace) else { continue }
      text += style.wrapped(words) + "\n"
    }
    if let tags { text += style.wrapped(tags) + "\n" }
    if status != .success { text += "To continue: \(again)\n" }
    return text
  }

  static func words(_ stop: StopReason) -> String {
    switch stop {
    case .fatal(_, let code, let info):
      "the service refused with code \(code)\(info.isEmpty ? "" : " (\(printable(info)))"). "
        + (ServiceCodes.advice(code) ?? "See the list of error codes: "
          + "https://tencentcloud.com/document/product/1047/34348.")
    case .notCleared(let id):
      "the service reported that it cleared the tags of \(id), but the tags still exist. Check "
        + "that `tags_api` is right for this app, then run apply again."
    case .notReadBack(let id):
      "the service reported that it cleared the tags of \(id), but imprune could not read whether "
        + "they are gone. Run apply again later: it reads first."
    case .newSignatureExpired(_, let info, let ahead):
      "the service refused with code 70001\(info.isEmpty ? "" : " (\(printable(info)))"): it "
        + "reports that a new signature has expired. " + clock(ahead)
    case .unsigned(let message):
      "imprune could not sign a call (\(message)), and it sends nothing unsigned. Check the "
        + "secret key."
    case .onlyAbsent(let operation, let users):
      "the service reports that "
        + (users == 1 ? "the first user" : "none of the first \(users) users")
        + " to \(GuardWords.word(operation)) \(users == 1 ? "does not exist" : "exists"). Check the "
        + "app, the region and the list. imprune recorded \(users == 1 ? "this user" : "these users") "
        + "as failed (70107), so the next plan includes \(users == 1 ? "the user" : "them") again. If "
        + "\(users == 1 ? "the user is" : "they are") really gone, add --accept-absent to record "
        + "\(users == 1 ? "the user" : "them") as already absent."
    case .notTheService(let what):
      "the response does not look like one from Tencent Cloud Chat: \(printable(what)). Check "
        + "`region` or `endpoint`, and any proxy."
    case .webPage(let status):
      "a web page came back instead of an API response (HTTP status \(status)). Check `region` "
        + "or `endpoint`, and any proxy or login page between this machine and the service."
    case .unavailable(let status):
      "every attempt got HTTP status \(status), from the service or from a proxy in front of it. "
        + "Try again later."
    case .unreachable(let message):
      "imprune cannot reach the service: \(printable(message)). Check the network, and `region` "
        + "or `endpoint`."
    case .untrusted(let message):
      "imprune cannot set up a trusted TLS connection to the service: \(printable(message)). If "
        + "your proxy intercepts TLS, pass its CA certificate with --ca-file."
    case .noProgress(let interval):
      "no user was completed within \(duration(interval.seconds)) (--max-elapsed). Check the "
        + "network and the status of the service."
    case .mostlyFailing(let failed, let recent):
      "\(failed) of the last \(recent) calls failed. Check the network and the status of the "
        + "service."
    case .journal(let message):
      "imprune cannot write the journal or the tag file (\(printable(message))), and it sends "
        + "nothing without them. Check the disk space and the permissions of the state's folder, or the "
        + "store of a shared state."
    case .filesLost(let what):
      "\(printable(what)) during the run, so imprune sent nothing more. Nothing else may "
        + "change the state, or the files next to it, while an apply is running."
    case .deposed(let other):
      "\(printable(other)) has taken over the state, so imprune sent nothing more. That run asks the "
        + "service about every user whose outcome is not recorded."
    case .unsaved:
      "imprune sent everything but could not save the state. The error below says why and what "
        + "to do."
    case .miscounted:
      "the counts below do not match the run's journal. This is a bug in imprune. Keep the state "
        + "and the report, and report the bug."
    case .outputLost(let message):
      "imprune cannot write its output any more (\(printable(message))). Check the program that "
        + "reads it."
    case .signal(let signal): "imprune received \(signal.name)."
    }
  }

  /// Whether the clock explains that the service reports a new signature as expired.
  private static func clock(_ ahead: Int?) -> String {
    guard let ahead else { return "Check this machine's clock." }
    if ahead.magnitude < 60 {
      return
        "This machine's clock is not the cause: it is within \(ahead.magnitude) s of the clock "
        + "of the service. Ask the support of Tencent Cloud."
    }
    let difference = duration(Double(ahead.magnitude))
    return
      "This machine's clock is \(difference) \(ahead > 0 ? "ahead of" : "behind") the clock of "
      + "the service. Correct this machine's clock."
  }

  /// An event of a run, as a line; nil for events that people need not see.
  static func words(_ notice: Notice) -> String? {
    switch notice {
    case .passed(let step): words(step)
    case .resolving(let users, let run):
      "unknown: \(counted(users, "user")) \(users == 1 ? "was" : "were") in flight when run "
        + "\(run) was interrupted; asking the service about them..."
    case .resolvingOwn(let users):
      "unknown: the responses for \(counted(users, "user")) were lost; asking the service about "
        + "them..."
    case .retrying(let call, let reason, let attempt, let wait):
      "\(name(call)): \(printable(reason)); attempt \(attempt) in \(duration(wait.seconds))"
    case .paced(let call, let rate, let limit, let findings):
      "\(name(call)): \(words(rate, limit, findings))"
    case .signatureRenewed: "the UserSig had expired; imprune made a new one"
    case .unattributed(let call, let users):
      "\(name(call)): the response names ids that imprune did not send, so imprune now asks the "
        + "service about \(counted(users, "user")) of this call. It does the same after every "
        + "such response."
    case .onlyAbsent:
      "none of the first accounts exists. Check the app and the ids. imprune stops if it finds "
        + "no existing account soon."
    case .stopping(let reason, let inFlight):
      "stopping: \(words(reason))"
        + (inFlight > 0 ? " Waiting for \(counted(inFlight, "call")) in flight..." : "")
    }
  }

  static func words(_ step: PrecheckStep) -> String {
    switch step {
    case .access(let admin):
      "precheck: the service accepts the credentials for this app (as "
        + "\(admin))"
    case .tagAccess: "precheck: tag calls are enabled"
    case .probe(let id, let code):
      "precheck: accounts can be removed (the service returned "
        + "\(code) for the made-up id \(id))"
    case .readBack(let id): "the tags of the first user, \(id), are gone"
    }
  }

  static func name(_ call: Call) -> String {
    switch call {
    case .checkAccounts: "account_check"
    case .readTags: "reading tags"
    case .addTags: "adding tags"
    case .clearTags: "clearing tags"
    case .deleteAccounts: "account_delete"
    }
  }
}

/// A number with one decimal.
func tenths(_ number: Double) -> String {
  let tenths = Int((number * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}
