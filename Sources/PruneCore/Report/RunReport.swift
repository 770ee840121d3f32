package import JSON

/// The result of one `apply`, for programs: the file of `apply --report`, format 1.4.
/// `examples/schemas/report.schema.json` describes it.
///
/// ```json
/// {
///   "format_version": "1.4",
///   "tool_version": "0.2.0",
///   "started": "2026-11-21T03:40:12Z",
///   "ended": "2026-11-21T03:40:16Z",
///   "manifest": "imprune.yaml",
///   "state": "imprune.state",
///   "app": 1400000000,
///   "endpoint": "https://adminapisgp.im.qcloud.com",
///   "run": "8f2c41d09ab3",
///   "token": "2r-0c-7f3a9c01d2e4b58806c1f7d09a3e5b62",
///   "planned": {"removals": 2, "clears": 0, "unchanged": 12, "blocked": 0, "unknown": 0},
///   "counts": {"removed": 1, "already_absent": 0, "cleared": 0, "failed": 1, "unknown": 0,
///     "not_attempted": 0},
///   "pace": [
///     {"call": "account_delete", "refused_calls": 5, "rate": 59, "ceiling": 60,
///       "others": 40, "lateness_ms": null}
///   ],
///   "exit_code": 3,
///   "stopped": null,
///   "error": null,
///   "next": "imprune apply imprune.yaml",
///   "timeline": {
///     "seconds_per_point": 1,
///     "points": [
///       {"second": 0, "calls": {"account_check": 2, "account_delete": 1}, "answers": 3,
///         "answer_us": {"median": 21504, "p95": 22016, "slowest": 22310},
///         "counts": {"removed": 1, "already_absent": 0, "cleared": 0, "failed": 1, "unknown": 0}}
///     ]
///   },
///   "users": [
///     {"operation": "remove-account", "id": "UserID_1", "revision": 1, "outcome": "removed",
///       "place": "imprune.yaml:9"}
///   ]
/// }
/// ```
///
/// imprune writes it in every case, even if the run never began: then unknown values are null, and
/// `error` says why. A user's `code` exists if it failed, `reason` and `place` if the manifest asks
/// for the user. A minor version only adds keys.
package struct RunReport: Equatable, Sendable {
  static let version = "1.4"

  package var toolVersion: String
  package var started: Timestamp
  package var ended: Timestamp
  package var manifest: String
  package var state: String
  package var app: App?
  /// Nil if no run began.
  package var run: RunID?
  package var plan: Plan?
  package var result: RunResult?
  package var exit: Exit
  /// Why the run ended early, as text.
  package var stopped: String?
  /// Why no run began, or its end could not be saved.
  package var error: String?
  /// The file with the tags of cleared users; nil if none were saved.
  package var tagFile: String?
  /// The command to continue; nil if there is nothing to continue.
  package var next: String?
  /// Who signed the plan, if a policy required that.
  package var approvers: [Approver] = []

  package init(
    toolVersion: String, started: Timestamp, manifest: String, state: String
  ) {
    self.toolVersion = toolVersion
    self.started = started
    ended = started
    self.manifest = manifest
    self.state = state
    exit = .success
  }

  /// How many users have each outcome, even if no run began.
  package var counts: OutcomeCounts {
    result?.counts ?? plan.map { OutcomeCounts(withoutRun: $0) } ?? OutcomeCounts()
  }

  /// Writes the report in chunks; `users` returns one user after another.
  package func write<Failure: Error>(
    users next: () throws(Failure) -> UserReport?, to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var json = JSONText()
    try json.object(.lines) { (json) throws(Failure) in
      head(&json)
      json.key("users")
      try json.array(.lines) { (json) throws(Failure) in
        while let user = try next() {
          write(user, &json)
          try json.drain(to: sink)
        }
      }
    }
    try sink(json.take() + [UInt8(ascii: "\n")])
  }

  private func head(_ json: inout JSONText) {
    json.field("format_version", Self.version)
    json.field("tool_version", toolVersion)
    json.field("started", started.description)
    json.field("ended", ended.description)
    json.field("manifest", manifest)
    json.field("state", state)
    json.field("app", app?.id.number)
    json.field("endpoint", app?.location.endpoint?.description)
    json.field("run", run?.description)
    json.field("token", plan.flatMap { $0.isRefused ? nil : ApprovalToken($0).description })
    plan?.policies.write(to: &json)
    if !approvers.isEmpty {
      json.key("signed_by")
      json.array(.lines) { json in for approver in approvers { json.write(approver) } }
    }
    json.key("planned")
    if let plan {
      json.object { json in plan.writeCounts(&json) }
    } else {
      json.null()
    }
    json.key("counts")
    json.object { json in counts.write(&json) }
    json.key("pace")
    json.array { json in
      for pace in result?.pace ?? [] { pace.write(&json) }
    }
    json.field("exit_code", exit.rawValue)
    json.field("stopped", stopped)
    json.field("error", error)
    json.field("next", next)
    json.field("tag_file", tagFile)
    if let timeline = result?.timeline {
      json.key("timeline")
      timeline.write(&json)
    }
  }

  private func write(_ user: UserReport, _ json: inout JSONText) {
    json.object { json in
      json.field("operation", user.key.operation.name)
      json.field("id", user.key.id)
      json.field("revision", user.revision.number)
      user.outcome.write(&json)
      guard let plan, let item = user.item else { return }
      if let reason = plan.reason(of: item) { json.field("reason", reason) }
      json.field("place", plan.place(of: item))
    }
  }
}

extension UserOutcome {
  /// Writes the outcome, and its code if it failed, as fields of an object.
  package func write(_ json: inout JSONText) {
    switch self {
    case .done(let outcome): json.field("outcome", outcome.rawValue)
    case .failed(let code):
      json.field("outcome", "failed")
      json.field("code", code.number)
    case .unknown: json.field("outcome", "unknown")
    case .notAttempted: json.field("outcome", "not-attempted")
    }
  }
}

extension Call {
  /// The name of the call in reports.
  var name: String {
    switch self {
    case .checkAccounts: "account_check"
    case .readTags: "read_tags"
    case .addTags: "add_tags"
    case .clearTags: "clear_tags"
    case .deleteAccounts: "account_delete"
    }
  }
}

extension RunResult.PaceFinding {
  /// Writes what was found out about the rate as an object.
  fileprivate func write(_ json: inout JSONText) {
    json.object { json in
      json.field("call", call.name)
      json.field("refused_calls", findings.refusals)
      json.field("rate", Int(rate.rounded()))
      json.field("ceiling", findings.ceiling.map { Int($0.rounded()) })
      json.field("others", findings.othersRate)
      json.field("lateness_ms", findings.lateness.map { Int(($0.seconds * 1000).rounded()) })
    }
  }
}

extension OutcomeCounts {
  /// The outcomes of a plan's users if no run begins: unknown users stay unknown, and the others
  /// were not attempted.
  init(withoutRun plan: Plan) {
    self.init()
    var planned: Set<RecordKey> = []
    for item in plan.items where item.block == nil {
      if item.cause == .unknown { unknown += 1 } else { notAttempted += 1 }
      guard !plan.unresolved.isEmpty else { continue }
      planned.insert(RecordKey(id: plan.entry(of: item).id, operation: item.operation))
    }
    for record in plan.unresolved where !planned.contains(record.key) {
      if let done = record.done, let attempt = record.attempt, done.revision >= attempt.revision {
        add(done.outcome)
      } else {
        unknown += 1
      }
    }
  }

  /// Writes the counts as fields of an object.
  package func write(_ json: inout JSONText) {
    json.field("removed", removed)
    json.field("already_absent", alreadyAbsent)
    json.field("cleared", cleared)
    json.field("failed", failed)
    json.field("unknown", unknown)
    json.field("not_attempted", notAttempted)
  }
}
