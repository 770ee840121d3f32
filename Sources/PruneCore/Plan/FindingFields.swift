package import JSON

/// A finding as fields of a JSON object: `at_service`, then `tags`, or `unread_reason` and
/// `unread_code`.
struct FindingFields {
  var place: String?
  var tags: Int32?
  var reason: String?
  var code: Int32?

  /// The finding; nil if a value is not valid.
  var finding: Finding? {
    switch place {
    case "exists": .exists
    case "absent": .absent
    case "tags": tags.flatMap { $0 < 0 ? nil : .tags($0) }
    case "unread": unread.map { .unread($0) }
    default: nil
    }
  }

  private var unread: Finding.Unread? {
    switch reason {
    case "refused": code.map { .refused(ServiceCode($0)) }
    case "throttled": .throttled
    case "no-response": .noResponse
    case "not-reached": .notReached
    default: nil
    }
  }
}

extension JSONText {
  /// Writes a finding as fields of the current object.
  package mutating func fields(of finding: Finding) {
    switch finding {
    case .exists: field("at_service", "exists")
    case .absent: field("at_service", "absent")
    case .tags(let count):
      field("at_service", "tags")
      field("tags", Int(count))
    case .unread(let reason):
      field("at_service", "unread")
      field("unread_reason", reason.name)
      if case .refused(let code) = reason { field("unread_code", code.number) }
    }
  }
}

extension Finding.Unread {
  fileprivate var name: String {
    switch self {
    case .refused: "refused"
    case .throttled: "throttled"
    case .noResponse: "no-response"
    case .notReached: "not-reached"
    }
  }
}
