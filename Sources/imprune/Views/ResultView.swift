import PruneCore

/// What a run came to, as text.
enum ResultView {
  /// Renders a result; `again` is the command that goes on, `state` the state's name.
  static func render(
    _ result: RunResult, _ style: Style, again: String, state: String
  ) -> String {
    let counts = result.counts
    var text = ""
    for failure in result.failures {
      text +=
        style.red("  failed") + "  \(failure.operation.name)  \(failure.id)  code \(failure.code)\n"
    }
    if counts.failed > result.failures.count {
      text +=
        "  ... and \(counts.failed - result.failures.count) more; "
        + "`imprune state list --state \(quoted(state)) | grep failed` lists them\n"
    }
    let numbers =
      "\(counts.removed) removed, \(counts.alreadyAbsent) already absent, \(counts.cleared) "
      + "cleared, \(counts.failed) failed, \(counts.unknown) unknown"
    let status = Exit(result)
    if let stop = result.stop {
      text += style.wrapped(style.red("Apply stopped: ") + words(stop)) + "\n"
      text +=
        style.wrapped(style.bold("Until then: \(numbers), \(counts.notAttempted) not attempted."))
        + "\n"
    } else if status == .success {
      text += style.green("Apply complete!") + " " + style.bold(numbers + ".") + "\n"
    } else {
      let left = counts.notAttempted > 0 ? ", \(counts.notAttempted) not attempted" : ""
      text += style.yellow("Apply complete!") + " " + style.bold(numbers + left + ".") + "\n"
    }
    if status == .error || status == .refused {
      return text + "No user was changed.\n"
    }
    if result.stillThere > 0 {
      let ids = result.stillThereExamples.map(\.description).joined(separator: ", ")
      text +=
        style.wrapped(
          "\(counted(result.stillThere, "unknown user")) of earlier runs exist now, and each may be "
            + "another person, so they were left alone: \(ids)"
            + (result.stillThere > result.stillThereExamples.count ? ", ..." : "")
            + ". To have one done all the same, raise its revision in the manifest; to settle one "
            + "by your own word, `imprune state resolve ID --as removed` (or `cleared`, or `open`)"
            + "\(state == "imprune.state" ? "" : " with --state \(quoted(state))").") + "\n"
    }
    if counts.unknown > result.stillThere {
      text += "Unknown users were sent without a usable answer; the next apply reads first.\n"
    }
    if status != .success { text += "To go on: \(again)\n" }
    return text
  }

  static func words(_ stop: StopReason) -> String {
    switch stop {
    case .fatal(_, let code, let info):
      "the service refused with code \(code)\(info.isEmpty ? "" : " (\(printable(info)))"). "
        + (ServiceCodes.advice(code) ?? "See the service's list of error codes.")
    case .notCleared(let id):
      "the service said that it had cleared the tags of \(id), and they are still there."
    case .newSignatureExpired(_, let info, let ahead):
      "the service refused with code 70001\(info.isEmpty ? "" : " (\(printable(info)))"): it calls a "
        + "signature expired that was made just now. " + clock(ahead)
    case .unsigned(let message):
      "a call could not be signed (\(message)), and nothing is sent without a signature."
    case .onlyAbsent(let operation, let users):
      "every user to \(GuardWords.word(operation)) so far, \(users) in all, is absent, says the "
        + "service. Is this the wrong app, region or list? Absent users are recorded as failed "
        + "(70107), so the next plan asks for them again. If they are really gone, add "
        + "--accept-absent, which records them as already absent."
    case .notTheService(let what):
      "what answered does not answer as the service does: \(printable(what)). Check `region` or "
        + "`endpoint`, and any proxy on the way."
    case .webPage(let status):
      "a web page answered (HTTP status \(status)): a proxy, a login page, or the wrong host?"
    case .unavailable(let status):
      "each try was answered with HTTP status \(status), by the service or a proxy before it. Try "
        + "again later."
    case .unreachable(let message):
      "the service cannot be reached: \(printable(message)). Check the network, and `region` or "
        + "`endpoint`."
    case .untrusted(let message):
      "the service could not prove who it is: \(printable(message)). If a proxy of yours signs "
        + "connections, the file of --ca-file must hold its certificate."
    case .noProgress(let interval):
      "no user came to an end for \(duration(interval.seconds))."
    case .mostlyFailing(let failed, let recent):
      "\(failed) of the last \(recent) calls failed."
    case .journal(let message):
      "the journal cannot be written (\(printable(message))), and without it nothing is sent."
    case .filesLost(let what):
      "\(printable(what)) while the run was under way, so nothing more was sent. Leave the state and "
        + "the files beside it alone while an apply is at work."
    case .unsaved:
      "everything was sent, and the state could not be saved. What follows says why and what to do."
    case .miscounted:
      "the counts below are not what the run's journal tells. This is a mistake in imprune: keep the "
        + "state and the report, and report it."
    case .outputLost(let message):
      "what happens cannot be told any more (\(printable(message)))."
    case .signal(let signal): "\(signal.name) arrived."
    }
  }

  /// Whether the clock is the cause of a new signature's being expired.
  private static func clock(_ ahead: Int?) -> String {
    guard let ahead else { return "Check this machine's clock." }
    if ahead.magnitude < 60 {
      return
        "This machine's clock is not the cause: it is within \(ahead.magnitude) s of the service's."
    }
    let difference = duration(Double(ahead.magnitude))
    return
      "This machine's clock is \(difference) \(ahead > 0 ? "ahead of" : "behind") the service's: "
      + "set it right."
  }

  /// What happened on the way, as a line.
  static func words(_ notice: Notice) -> String? {
    switch notice {
    case .passed(let step): words(step)
    case .resolving(let users, let run):
      "unknown: \(counted(users, "user")) \(users == 1 ? "was" : "were") in flight when run \(run) "
        + "was interrupted; resolving..."
    case .resolvingOwn(let users):
      "unknown: the answers for \(counted(users, "user")) were lost; resolving..."
    case .retrying(let call, let reason, let attempt, let wait):
      "\(name(call)): \(printable(reason)); try \(attempt) in \(duration(wait.seconds))"
    case .throttled(let call, let rate):
      "\(name(call)): the service says too fast; going on at \(tenths(rate)) calls a second"
    case .signedAnew: "the signature had expired and was made anew"
    case .unattributed(let call, let users):
      "\(name(call)): an answer speaks of users by ids that were not sent, so "
        + "\(counted(users, "user")) of the call must be read, as after every answer like it"
    case .onlyAbsent:
      "the first accounts were all absent already: wrong app, or wrong ids?"
    case .stopping(let reason, let inFlight):
      "stopping: \(words(reason))"
        + (inFlight > 0 ? " Waiting for \(counted(inFlight, "call")) in flight..." : "")
    }
  }

  static func words(_ step: PrecheckStep) -> String {
    switch step {
    case .access(let admin): "precheck: app, host and signature go together (as \(admin))"
    case .tagAccess: "precheck: tag calls are enabled"
    case .probe(let id, let code): "precheck: accounts can be removed (\(id) answered \(code))"
    case .readBack(let id): "the tags of the first user, \(id), are gone"
    }
  }

  private static func name(_ call: Call) -> String {
    switch call {
    case .checkAccounts: "account_check"
    case .readTags: "reading tags"
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
