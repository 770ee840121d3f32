internal import JSON
import PruneCore

/// What GitLab's merge request widget reads (`artifacts:reports:terraform`).
enum GitLabView {
  static func report(_ plan: Plan) -> [UInt8] {
    let token = ApprovalToken(plan)
    var json = JSONText()
    json.object { json in
      json.field("create", 0)
      json.field("update", token.clears)
      json.field("delete", token.removals)
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }
}
