internal import JSON

extension Policies {
  /// Writes `policies`, if there are any, as a field of a plan or a report.
  func write(to json: inout JSONText) {
    if members.isEmpty { return }
    json.key("policies")
    json.array(.lines) { json in
      for member in members {
        json.object { json in
          json.field("name", member.file.name)
          json.field("sha256", member.file.sha256)
          guard let requirement = member.policy.requirement, let signers = member.signers else {
            return
          }
          json.field("signatures", requirement.signatures)
          json.key("signers")
          json.object { json in
            json.field("name", signers.name)
            json.field("sha256", signers.sha256)
          }
        }
      }
    }
  }
}

extension JSONText {
  /// Who signed a plan.
  mutating func write(_ approver: Approver) {
    object { json in
      json.key("names")
      json.array { json in for name in approver.principals { json.value(name) } }
      json.field("key", approver.key)
      json.field("expires", approver.expires.description)
      json.field("file", approver.file)
    }
  }
}
