internal import JSON

extension Policies {
  /// Writes `policies`, if there are any, as a field of a plan or a report.
  func write(to json: inout JSONText) {
    if members.isEmpty { return }
    json.key("policies")
    json.array(.lines) { json in
      for row in rows {
        json.object { json in
          json.fields(of: row.file)
          guard let signatures = row.signatures else { return }
          json.field("signatures", signatures.count)
          json.key("signers")
          json.object { json in json.fields(of: signatures.signers) }
        }
      }
    }
  }
}

extension JSONText {
  fileprivate mutating func fields(of file: PolicyRow.NamedFile) {
    field("name", file.name)
    field("sha256", file.sha256)
  }

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
