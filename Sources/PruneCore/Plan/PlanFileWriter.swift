package import JSON

/// Writes a plan; `PlanFile` documents each key.
extension PlanFile {
  /// Writes the whole document in chunks: it may be larger than its sources.
  package static func write<Failure: Error>(
    _ plan: Plan, _ provenance: Provenance, to file: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var json = JSONText()
    let checksum = PlanChecksum()
    func sink(_ bytes: [UInt8]) throws(Failure) {
      checksum.cover(bytes)
      try file(bytes)
    }
    try json.object(.lines) { (json) throws(Failure) in
      writeHead(plan, provenance, &json)
      json.key("items")
      try json.array(.lines) { (json) throws(Failure) in
        for item in plan.approvableItems {
          json.write(item, of: plan)
          try json.drain(to: sink)
        }
      }
      json.key("blocked")
      try json.array(.lines) { (json) throws(Failure) in
        for item in plan.items where item.block != nil {
          json.write(item, of: plan)
          try json.drain(to: sink)
        }
      }
      json.key("unresolved")
      try json.array(.lines) { (json) throws(Failure) in
        for record in plan.unresolved {
          json.write(record)
          try json.drain(to: sink)
        }
      }
      // Everything from here on is the checksum, which does not cover itself.
      try sink(json.take())
      json.field("checksum", checksum.take())
    }
    try file(json.take() + [UInt8(ascii: "\n")])
  }

  /// Everything except the users.
  private static func writeHead(
    _ plan: Plan, _ provenance: Provenance, _ json: inout JSONText
  ) {
    json.field("format_version", version)
    json.field("tool_version", provenance.toolVersion)
    json.field("created", provenance.created.description)
    json.field("app", plan.manifest.app.id.number)
    json.field("endpoint", plan.manifest.app.endpointText)
    json.key("state")
    json.write(plan.state)
    json.field("manifest", plan.manifest.files.first ?? "")
    json.key("files")
    json.array { json in
      for file in provenance.files {
        json.object { json in
          json.field("path", file.path)
          json.field("sha256", file.sha256)
        }
      }
    }
    if let commit = provenance.gitCommit { json.field("git_commit", commit) }
    plan.policies.write(to: &json)
    if let base = plan.base {
      json.key("base")
      json.object { json in
        json.field("name", base)
        json.field("change_removals", plan.changeCount(of: .removeAccount))
        json.field("change_clears", plan.changeCount(of: .clearTags))
      }
      json.key("rule_changes")
      json.array(.lines) { json in
        for row in plan.ruleRows { json.write(row) }
      }
      if let edits = plan.stateEdits {
        json.key("state_edits")
        json.write(edits)
      }
    }
    json.field("refused", plan.isRefused)
    json.key("refusals")
    json.write(plan.refusalRemarks)
    json.key("warnings")
    json.write(plan.warningRemarks())
    json.field("manifest_warning_count", plan.manifest.warnings.warnings)
    json.key("manifest_warnings")
    json.array(.lines) { json in
      for warning in plan.manifest.warnings.kept { json.write(warning, of: plan.manifest) }
    }
    json.key("unmatched_protected")
    json.array { json in for text in plan.unmatchedProtectedTexts { json.value(text) } }
    json.key("summary")
    json.object { json in plan.writeCounts(&json) }
    let summary = EntrySummary(plan)
    json.field("entry_count", summary.count)
    json.key("entries")
    json.array(.lines) { json in
      for row in summary.rows { json.write(row, isCompared: summary.isCompared) }
    }
    if let refresh = plan.refresh {
      json.key("refresh")
      json.write(refresh, of: plan)
    }
    let digest = plan.digest()
    json.field("digest", digest.description)
    json.field("token", plan.isRefused ? nil : ApprovalToken(plan, digest).description)
    if !plan.isRefused, let token = plan.continuedToken() {
      json.field("continued_token", token.description)
    }
  }
}

extension Plan {
  /// Writes the counts as fields of an object. Removals and clears are those of the token: users
  /// that may change, including unresolved ones.
  package func writeCounts(_ json: inout JSONText) {
    let counts = counts
    let allowed = allowed
    json.field("removals", allowed.removals)
    json.field("clears", allowed.clears)
    json.field("unchanged", counts.unchanged)
    json.field("blocked", counts.blocked)
    json.field("unknown", counts.unknown)
  }
}

extension JSONText {
  fileprivate mutating func write(_ state: StateHeader?) {
    guard let state else { return null() }
    object { json in
      json.field("lineage", state.lineage.description)
      json.field("serial", state.serial)
    }
  }

  fileprivate mutating func write(_ remarks: [Plan.Remark]) {
    array(.lines) { json in
      for remark in remarks {
        json.object { json in
          json.field("code", remark.code)
          json.field("message", remark.message)
        }
      }
    }
  }

  fileprivate mutating func write(_ row: RuleRow) {
    object { json in
      json.field("rule", row.rule)
      json.field("effect", row.effect.rawValue)
      switch row.values {
      case .number(let before, let after):
        json.field("before", before)
        json.field("after", after)
      case .text(let before, let after):
        json.field("before", before)
        json.field("after", after)
      case .list(let removed, let added):
        json.key("removed")
        json.array { json in for text in removed { json.value(text) } }
        json.key("added")
        json.array { json in for text in added { json.value(text) } }
      }
      json.field("file", row.file)
      json.field("line", row.line)
    }
  }

  fileprivate mutating func write(_ edits: StateEdits) {
    object { json in
      json.field("dropped", edits.dropped)
      json.field("added", edits.added)
      json.field("altered", edits.altered)
      if let whole = edits.whole { json.field("whole", whole.name) }
      json.key("first")
      json.array { json in
        for edit in edits.first {
          json.object { json in
            json.field("edit", edit.kind.rawValue)
            json.field("operation", edit.key.operation.name)
            json.field("id", edit.key.id)
          }
        }
      }
    }
  }

  fileprivate mutating func write(_ row: EntrySummary.Row, isCompared: Bool) {
    object { json in
      json.field("operation", row.operation.name)
      json.field("users", row.tally.users)
      json.field("unknown", row.tally.unknown)
      if isCompared { json.field("change_users", row.tally.change) }
      json.field("blocked", row.tally.blocked)
      json.field("place", row.place)
      json.field("file", row.file)
      switch row.column {
      case .name(let name): json.field("column", name)
      case .number(let number): json.field("column", number)
      case nil: break
      }
      json.field("first_line", row.lines.lowerBound)
      json.field("last_line", row.lines.upperBound)
      if let reason = row.reason { json.field("reason", reason) }
    }
  }

  fileprivate mutating func write(_ refresh: PlanRefresh, of plan: Plan) {
    object { json in
      json.field("existing", refresh.counts.existing)
      json.field("absent", refresh.counts.absent)
      json.field("tagged", refresh.counts.tagged)
      json.field("untagged", refresh.counts.untagged)
      json.field("unread", refresh.counts.unread)
      json.field("removed_read", refresh.removed.read)
      json.field("removed_unread", refresh.removed.unread)
      json.field("registered_again_count", refresh.registeredAgain.count)
      json.key("registered_again")
      json.array { json in
        for entry in refresh.registeredAgain.prefix(PlanRefresh.shownAgain) {
          json.value(plan.manifest.entries.list[Int(entry)].id)
        }
      }
    }
  }

  fileprivate mutating func write(_ warning: Diagnostic, of manifest: Manifest) {
    object { json in
      json.field("code", warning.code.rawValue)
      json.field("summary", warning.summary)
      json.field("message", warning.detail)
      json.field("file", manifest.files[Int(warning.place.file)])
      json.field("line", warning.place.line)
      json.field("column", warning.place.column)
    }
  }

  fileprivate mutating func write(_ item: Plan.Item, of plan: Plan) {
    let entry = plan.entry(of: item)
    let (file, line) = plan.source(of: item)
    object { json in
      json.field("operation", item.operation.name)
      json.field("id", entry.id)
      json.field("revision", plan.revision(of: item).number)
      json.field("cause", item.cause.name)
      if case .retry(let code) = item.cause { json.field("last_failure", code.number) }
      if plan.base != nil { json.field("change", item.isChange) }
      if let reason = plan.reason(of: item) { json.field("reason", reason) }
      json.field("place", file, line: line)
      json.field("file", file)
      json.field("line", line)
      if let finding = plan.finding(of: item) { json.fields(of: finding) }
      if let block = item.block {
        json.key("block")
        json.object { json in
          json.field("code", GuardWords.code(of: block))
          json.field("message", GuardWords.of(block, in: plan))
        }
      }
    }
  }

  fileprivate mutating func write(_ record: StateRecord) {
    object { json in
      json.field("operation", record.operation.name)
      json.field("id", record.id)
    }
  }
}

extension Plan.Cause {
  fileprivate var name: String {
    switch self {
    case .new: "new"
    case .again: "again"
    case .retry: "retry"
    case .unknown: "unknown"
    case .done: "done"
    }
  }
}
