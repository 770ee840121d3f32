/// What a refresh has found, in words.
package enum FindingWords {
  /// A word or two for a column: `exists`, `absent`, `3 tags`, `no tags`, `not read`.
  package static func short(_ finding: Finding) -> String {
    switch finding {
    case .exists: "exists"
    case .absent: "absent"
    case .tags(0): "no tags"
    case .tags(let count): counted(Int(count), "tag")
    case .unread: "not read"
    }
  }

  /// Why a user was not read.
  package static func of(_ reason: Finding.Unread) -> String {
    switch reason {
    case .refused(let code): "the service returned \(code)"
    case .throttled: "the service throttled the calls for too long"
    case .noResponse: "no usable response"
    case .notReached: "the refresh stopped before it reached this user"
    }
  }

  /// `800 exist, 200 are already absent`, with what applies; nil if no user was to be read.
  package static func of(_ counts: PlanRefresh.Counts) -> String? {
    func part(_ count: Int, _ one: String, _ many: String) -> String? {
      count == 0 ? nil : "\(grouped(count)) \(count == 1 ? one : many)"
    }
    let parts = [
      part(counts.existing, "exists", "exist"),
      part(counts.absent, "is already absent", "are already absent"),
      part(counts.tagged, "has tags", "have tags"),
      part(counts.untagged, "has no tags", "have no tags"),
      part(counts.unread, "could not be read", "could not be read"),
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
