/// A rule of a manifest: a key of `guards`, `expect` or `app`, which bounds what a plan may do and
/// to which app.
package enum Rule: String, CaseIterable, Sendable {
  case maxRemovals = "guards.max_removals"
  case maxClears = "guards.max_clears"
  case maxNewRemovals = "guards.max_new_removals"
  case maxAbsent = "guards.max_absent"
  case protected = "guards.protected"
  case expectedRemovals = "expect.removals"
  case expectedClears = "expect.clears"
  case appID = "app.sdk_app_id"
  case region = "app.region"
  case endpoint = "app.endpoint"
  case admin = "app.admin"
  case edition = "app.edition"
  case enabled = "app.enabled"
  case tagsAPI = "app.tags_api"
}

/// Where a manifest sets its rules.
package struct RulePlaces: Equatable, Sendable {
  private var places: [Rule: Place] = [:]

  init() {}

  /// The place of a rule; for one that the manifest does not set, the beginning of the file.
  package subscript(rule: Rule) -> Place { places[rule] ?? Place(line: 1, column: 1) }

  mutating func note(_ rule: Rule, _ place: Place) { places[rule] = place }
}
