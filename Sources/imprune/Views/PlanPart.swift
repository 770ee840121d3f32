import PruneCore

/// A part of a plan with its own title: the change and the backlog, if the plan was compared with a
/// base, otherwise all of it.
struct PlanPart {
  /// Nil for the whole plan.
  let title: String?
  let has: (Plan.Item) -> Bool

  static func parts(of plan: Plan) -> [PlanPart] {
    guard plan.base != nil else { return [PlanPart(title: nil) { _ in true }] }
    return [
      PlanPart(title: "This change") { $0.isChange },
      PlanPart(title: "Backlog") { !$0.isChange },
    ]
  }
}
