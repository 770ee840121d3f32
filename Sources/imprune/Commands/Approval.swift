import ArgumentParser
import PruneCore
import PruneEngine

/// The ways to approve a plan without a word at the terminal.
struct ApprovalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Apply without asking, if the plan's token is this one.", valueName: "token"))
  var approve: String?

  @Flag(name: .customLong("auto-approve"), help: "Apply whatever the plan is, without asking.")
  var autoApprove = false

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp(
      "Apply only what this file of `plan --out` holds, or what is left of it; - is standard input.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var plan: String?

  func validate() throws {
    try requireNotEmpty(approve, "--approve")
    try requireNotEmpty(plan, "--plan")
    if let approve, ApprovalToken(pasted: approve) == nil, !ApprovalToken.isFormer(approve) {
      throw ValidationError(
        "\(approve) is not a token; a token looks like 340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62."
      )
    }
  }

  /// Reads what the options name, before anything is locked.
  func read(_ console: Console) throws -> Approval {
    if let approve, ApprovalToken.isFormer(approve) {
      throw console.fail(
        "the token \(approve) is too short",
        "It has 12 digits, as an earlier imprune printed them; two plans with one such token can be "
          + "made in minutes, so it approves nothing. Run `imprune plan`, review the plan, and "
          + "approve it by its token of \(ApprovalToken.digits) digits.", status: .approvalMissing)
    }
    return Approval(
      token: approve.flatMap(ApprovalToken.init(pasted:)), isAutomatic: autoApprove,
      saved: try plan.map { try console.readPlanFile($0) })
  }
}

/// What was given as approval of the plan to come.
struct Approval {
  let token: ApprovalToken?
  let isAutomatic: Bool
  let saved: SavedPlan?

  /// Throws unless what was given allows exactly this plan, or the rest that it is of an approved
  /// one.
  func allow(_ plan: Plan, _ console: Console) throws {
    if let mismatch = saved?.mismatch(with: plan) {
      throw console.fail(
        "the saved plan does not allow this", SavedPlanView.words(mismatch),
        status: .approvalMissing)
    }
    guard let token, !plan.items.isEmpty else { return }
    let now = ApprovalToken(plan)
    if [now, plan.continuedToken(), saved?.token].contains(token) { return }
    throw console.fail(
      "the approval is for another plan",
      "Approved was \(token); this plan is \(now). Review it, and approve it anew.",
      status: .approvalMissing)
  }

  /// Whether somebody must be asked.
  private func mustAsk(_ plan: Plan) -> Bool {
    !isAutomatic && token == nil && !plan.items.isEmpty
  }

  /// Throws if approval was not given and nobody can be asked.
  func requireWay(_ plan: Plan, _ console: Console) throws {
    let token = ApprovalToken(plan)
    if mustAsk(plan), !Process.isTerminal(0) {
      throw console.fail(
        "no approval",
        "There is no terminal to ask on. Review the plan and pass --approve \(token), "
          + (saved == nil
            ? "or --auto-approve to apply whatever the plan is."
            : "or --auto-approve: the file still says what may be done."),
        status: .approvalMissing)
    }
  }

  /// Asks at the terminal, unless approval was given otherwise.
  func ask(_ plan: Plan, _ console: Console) throws {
    guard mustAsk(plan) else { return }
    let token = ApprovalToken(plan)
    let phrase = "\(plan.manifest.app.id)/\(token.removals)"
    let warning = token.removals > 0 ? "Removal cannot be undone. " : ""
    console.note(
      "\n\(warning)To apply this plan, type the app id and the number of removals:\n"
        + "  \(console.error.bold(phrase))\n> ")
    guard readLine(strippingNewline: true) == phrase else {
      throw console.fail("not approved", "Nothing was changed.", status: .approvalMissing)
    }
  }
}

extension Console {
  /// Reads a file of `plan --out`; throws if it approves nothing.
  func readPlanFile(_ path: String) throws(ExitCode) -> SavedPlan {
    do throws(PlanFiles.Failure) {
      return try PlanFiles.read(path)
    } catch {
      switch error {
      case .system(let error): throw fail("the plan file cannot be read", "\(error).")
      case .refused(.unreadable(let words)):
        throw fail("the plan file \(path) cannot be read", "\(words).")
      case .refused(let refusal):
        throw fail(
          "the plan file \(path) approves nothing", refusal.explanation,
          status: .approvalMissing)
      }
    }
  }
}
