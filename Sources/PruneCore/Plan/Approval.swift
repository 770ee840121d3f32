/// What was given as approval of a plan to come (docs/architecture.md, "Approval").
package struct Approval: Equatable, Sendable {
  /// The token of an approved plan.
  package let token: ApprovalToken?
  /// Whether every plan is approved that nothing else refuses.
  package let isAutomatic: Bool
  /// A saved plan, beyond which nothing is allowed. It allows nothing by itself.
  package let saved: SavedPlan?
  /// Whether users may be removed without a state, which would say who was removed before.
  package let allowsNewState: Bool

  package init(
    token: ApprovalToken? = nil, isAutomatic: Bool = false, saved: SavedPlan? = nil,
    allowsNewState: Bool = false
  ) {
    self.token = token
    self.isAutomatic = isAutomatic
    self.saved = saved
    self.allowsNewState = allowsNewState
  }

  /// What allows a plan.
  package enum Basis: Equatable, Sendable {
    /// The plan changes no user, so it needs no approval.
    case noChange
    case token
    case automatic
    /// A person, once this phrase is typed.
    case typing(ApprovalPhrase)
  }

  /// Why a plan is not allowed.
  package enum Refusal: Error, Equatable, Sendable {
    /// There is no state, and the plan removes users.
    case noState
    /// The plan is neither the saved one nor what is left of it.
    case otherThanSaved(SavedPlan.Mismatch)
    case otherToken(approved: ApprovalToken, plan: ApprovalToken)
  }

  /// What allows exactly this plan; throws if something given speaks against it.
  package func basis(for plan: Plan) throws(Refusal) -> Basis {
    if plan.state == nil, plan.counts.removals > 0, !allowsNewState { throw .noState }
    if let mismatch = saved?.mismatch(with: plan) { throw .otherThanSaved(mismatch) }
    if plan.items.isEmpty { return .noChange }
    guard let token else { return isAutomatic ? .automatic : .typing(ApprovalPhrase(plan)) }
    let now = ApprovalToken(plan)
    // An interrupted run goes on under the token that it began with.
    guard [now, plan.continuedToken(), saved?.token].contains(token) else {
      throw .otherToken(approved: token, plan: now)
    }
    return .token
  }
}

/// What a person types to approve a plan: the app and the number of removals.
package struct ApprovalPhrase: Equatable, Sendable {
  package let app: SDKAppID
  /// The plan's token, which would approve it as well.
  package let token: ApprovalToken

  package init(_ plan: Plan) {
    app = plan.manifest.app.id
    token = ApprovalToken(plan)
  }

  package var text: String { "\(app)/\(token.removals)" }

  /// Whether a line from the terminal approves; nil is the end of input.
  package func isTyped(_ line: String?) -> Bool { line == text }
}
