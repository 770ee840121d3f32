/// The approval that was given for a plan (docs/architecture.md, "Approval").
package struct Approval: Equatable, Sendable {
  /// The token of an approved plan.
  package let token: ApprovalToken?
  /// The signatures of the token, with the name of each file.
  package let signatures: [NamedSignature]
  /// Whether every plan is approved that nothing else refuses.
  package let isAutomatic: Bool
  /// A saved plan that limits what is allowed. It approves nothing by itself.
  package let saved: SavedPlan?
  /// Whether users may be removed without a state, which would record earlier removals.
  package let allowsNewState: Bool

  package init(
    token: ApprovalToken? = nil, signatures: [NamedSignature] = [], isAutomatic: Bool = false,
    saved: SavedPlan? = nil, allowsNewState: Bool = false
  ) {
    self.signatures = signatures
    self.token = token
    self.isAutomatic = isAutomatic
    self.saved = saved
    self.allowsNewState = allowsNewState
  }

  /// What approves a plan; the engine checks the signatures that a policy requires.
  package enum Basis: Equatable, Sendable {
    /// The plan changes no user, so it needs no approval.
    case noChange
    case token
    case automatic
    /// A person must type this phrase.
    case typing(ApprovalPhrase)
  }

  /// Why a plan is not approved.
  package enum Refusal: Error, Equatable, Sendable {
    /// There is no state, and the plan removes users.
    case noState
    /// The plan is neither the saved one nor the rest of it.
    case otherThanSaved(SavedPlan.Mismatch)
    case otherToken(approved: ApprovalToken, plan: ApprovalToken)
    /// This policy does not let a flag alone approve the plan with this token.
    case automatic(policy: String, plan: ApprovalToken)
    /// This policy requires signatures of the plan's token, and there is no token or no signature.
    case unsigned(policy: String, signatures: Int, plan: ApprovalToken)
  }

  /// Throws if something given contradicts this plan.
  package func check(_ plan: Plan) throws(Refusal) {
    if plan.state == nil, plan.counts.removals > 0, !allowsNewState { throw .noState }
    if let mismatch = saved?.mismatch(with: plan) { throw .otherThanSaved(mismatch) }
    guard let token, !plan.items.isEmpty else { return }
    let now = ApprovalToken(plan)
    // An interrupted run continues under its first token.
    guard [now, plan.continuedToken(), saved?.token].contains(token) else {
      throw .otherToken(approved: token, plan: now)
    }
  }

  /// What approves exactly this plan; throws if something given contradicts it, or if a policy asks
  /// for more.
  package func basis(for plan: Plan) throws(Refusal) -> Basis {
    try check(plan)
    if plan.items.isEmpty { return .noChange }
    let now = ApprovalToken(plan)
    if let (requirement, member) = plan.policies.requiring.first,
      token == nil || signatures.isEmpty
    {
      throw .unsigned(
        policy: member.file.name, signatures: requirement.signatures, plan: now)
    }
    if token != nil { return .token }
    if !isAutomatic { return .typing(ApprovalPhrase(plan)) }
    if let policy = plan.policies.name(forbidding: .autoApprove) {
      throw .automatic(policy: policy, plan: now)
    }
    return .automatic
  }
}

/// What a person types to approve a plan: the app and the number of removals.
package struct ApprovalPhrase: Equatable, Sendable {
  package let app: SDKAppID
  /// The plan's token, which would approve it too.
  package let token: ApprovalToken

  package init(_ plan: Plan) {
    app = plan.manifest.app.id
    token = ApprovalToken(plan)
  }

  package var text: String { "\(app)/\(token.removals)" }

  /// Whether a line from the terminal approves; nil is the end of input.
  package func isTyped(_ line: String?) -> Bool { line == text }
}
