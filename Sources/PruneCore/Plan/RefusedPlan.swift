internal import JSON
internal import Bytes

/// Why the guards refused a saved plan, as its file says. It is shown, and approves nothing.
package struct RefusedPlan: Equatable, Sendable {
  package var refusals: [Plan.Remark] = []
  /// The first blocked users.
  package var blocked: [Blocked] = []
  /// How many users are blocked.
  package var blockedCount = 0

  /// How many blocked users are kept.
  package static let shown = 20

  package struct Blocked: Equatable, Sendable {
    package let id: String
    /// `file:line`.
    package let place: String
    package let reason: Plan.Remark
  }

  package init() {}

  // MARK: - Reading

  private enum UserKey: String, CaseIterable { case id, place, block }
  private static let userKeys = KeyTable<UserKey>("a blocked user of a plan file")

  mutating func readBlocked(_ json: inout JSONReader) throws(JSONError) {
    var (id, place, reason) = ("", "", Plan.Remark?.none)
    try json.object(Self.userKeys) { (json, key) throws(JSONError) in
      switch key {
      case .id: id = try json.string()
      case .place: place = try json.string()
      case .block: reason = try PlanJudgment.readRemark(&json)
      }
    }
    guard let reason else { throw JSONError() }
    blockedCount += 1
    if blocked.count < Self.shown {
      blocked.append(Blocked(id: id, place: place, reason: reason))
    }
  }
}
