import PruneCore

/// A part of a plan that stands under a title of its own: the change and the backlog, if the plan
/// was compared with a base, else all of it.
struct PlanPart {
  /// Nil for the whole.
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
