import ArgumentParser
import PruneCore
import PruneEngine

/// The ways to approve a plan without typing at the terminal.
struct ApprovalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Apply without asking, if the plan's token is this one.", valueName: "token"))
  var approve: String?

  @Option(
    name: .customLong("signature"),
    help: ArgumentHelp(
      "A signature of the token, from `imprune approve`, for a policy that requires some. Can be "
        + "repeated.", valueName: "file"),
    completion: .file())
  var signatures: [String] = []

  @Flag(name: .customLong("auto-approve"), help: "Apply any plan without asking.")
  var autoApprove = false

  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp(
      "Apply only the operations in this file from `plan --out` (or the rest of them after an "
        + "interrupted run). - reads standard input.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var plan: String?

  func validate() throws {
    try requireNotEmpty(approve, "--approve")
    try requireNotEmpty(plan, "--plan")
    if let approve { try requireToken(approve) }
    try requireSignatures(signatures)
    if !signatures.isEmpty, approve == nil {
      throw ValidationError("--signature needs --approve TOKEN: the token that was signed.")
    }
  }

  /// The options for the command that continues a run: its approval is still valid then. No one is
  /// told to approve any plan.
  var words: [String] {
    (approve.map { ["--approve", quoted($0)] } ?? [])
      + signatures.flatMap { ["--signature", quoted($0)] }
      + (plan.flatMap { $0 == "-" ? nil : ["--plan", quoted($0)] } ?? [])
  }

  /// The files that it reads.
  var inputs: [String] { [plan].compactMap(\.self) + signatures }

  /// Reads the files that the options name, before anything is locked.
  func read(
    allowsNewState: Bool, _ policies: Policies, _ console: Console
  ) throws(ExitCode) -> Approval {
    let token = try approve.map { (text) throws(ExitCode) in try console.token(text) }
    let signatures = try console.readSignatures(signatures, policies)
    let saved = try plan.map { (path) throws(ExitCode) in try console.readPlanFile(path) }
    return Approval(
      token: token, signatures: signatures, isAutomatic: autoApprove, saved: saved,
      allowsNewState: allowsNewState)
  }
}

/// Throws if a text is no token, of today or of an earlier version.
func requireToken(_ text: String) throws {
  guard ApprovalToken(pasted: text) == nil, !ApprovalToken.isFormer(text) else { return }
  throw ValidationError(
    "\(text.isEmpty ? "An empty text" : text) is not a token. A token looks like "
      + "340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62; `imprune plan` prints it.")
}

extension Console {
  /// Reads a token; throws if it is one of an earlier version.
  func token(_ text: String) throws(ExitCode) -> ApprovalToken {
    if let token = ApprovalToken(pasted: text) { return token }
    throw fail(
      "the token \(text) is too short",
      "It has 12 digits, the format of an earlier version. Anyone can create two plans with the "
        + "same 12 digits in minutes, so imprune no longer accepts such tokens. Run `imprune plan`, "
        + "review the plan, and approve its \(ApprovalToken.digits)-digit token.",
      status: .approvalMissing)
  }

  /// Reads a file of `plan --out`; throws if it approves nothing.
  func readPlanFile(_ path: String) throws(ExitCode) -> SavedPlan {
    try attempt(PlanFiles.read(path)) { (failure: PlanFiles.Failure) in
      failPlanFile(failure, path)
    }
  }

  /// Prints why a file of `plan --out` is not used.
  func failPlanFile(_ failure: PlanFiles.Failure, _ path: String) -> ExitCode {
    switch failure {
    case .system(let error):
      fail("the plan file cannot be read", "\(error). \(Self.anotherPlan)")
    case .refused(.unreadable(let words)):
      fail("the plan file \(path) cannot be read", "\(words). \(Self.anotherPlan)")
    case .refused(let refusal):
      fail(
        "the plan file \(path) approves nothing", refusal.explanation, status: .approvalMissing)
    }
  }

  private static let anotherPlan =
    "Check the path. `imprune plan --out FILE` writes a new plan."
}
