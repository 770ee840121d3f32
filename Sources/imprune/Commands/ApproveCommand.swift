import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune approve`: signs the token of a plan, or checks signatures.
struct ApproveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Sign a plan with an SSH key, or check signatures.",
    usage: "imprune approve <token> [<manifest>] [options]",
    discussion: """
        imprune approve TOKEN --key ~/.ssh/id_ed25519 --out anna.sig
        imprune approve TOKEN leavers.yaml --key key.pub --out anna.sig --expires-in 2h
        imprune approve TOKEN --verify --signature anna.sig --signature bo.sig

      Makes the plan as `apply` would, and shows it. If the token is that of the plan, imprune signs \
      the app, the lineage and serial of the state, the token and the time until which the signature \
      is valid, and writes them with the signature to a file. A policy can require such signatures: `apply \
      --approve TOKEN --signature FILE`.

      `ssh-keygen` makes the signature, so it may ask for a passphrase or a touch. With a public key, \
      it uses the private key in the agent. imprune never reads a private key.

      With `--verify`, imprune checks signatures as `apply` would, and prints who signed and until \
      when. That needs the policy. Sends nothing, and needs no credentials.
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: "The token of the plan that you have reviewed.")
  var token: String

  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var policy: PolicyOptions

  @Option(
    help: ArgumentHelp(
      "The SSH key to sign with: a private key, or the public key of one in the agent.",
      valueName: "file"), completion: .file())
  var key: String?

  @Option(
    help: ArgumentHelp("The file to write the signature to.", valueName: "file"),
    completion: .file())
  var out: String?

  @Option(
    name: .customLong("expires-in"),
    help: ArgumentHelp(
      "How long the signature is valid, 1m to 30d (default: 24h).", valueName: "time"))
  var expiresIn: Validity?

  @Flag(help: "Check signatures instead of making one.")
  var verify = false

  @Option(
    name: .customLong("signature"),
    help: ArgumentHelp("With --verify: a signature to check. Can be repeated.", valueName: "file"),
    completion: .file())
  var signatures: [String] = []

  @Flag(name: .customLong("all"), help: "List every user of a long plan.")
  var showsAll = false

  func validate() throws {
    try requireToken(token)
    try requireSignatures(signatures)
    if verify {
      if key != nil || out != nil || expiresIn != nil {
        throw ValidationError(
          "--verify makes no signature: leave out --key, --out and --expires-in.")
      }
      if signatures.isEmpty { throw ValidationError("--verify needs --signature FILE.") }
    } else {
      if !signatures.isEmpty { throw ValidationError("--signature needs --verify.") }
      guard let key, out != nil else { throw ValidationError("Give --key FILE and --out FILE.") }
      try requireFile(key, "a key")
    }
  }

  func run() throws {
    let places = try common.console.places([("--out", out)], failing: Self.failure)
    let console = Console(
      noColor: common.noColor, isForMachines: places.flagOfStandardOutput != nil)
    let policies = try policy.read(manifest: files.manifest, mayLackVariable: !verify, console)
    if policies.members.isEmpty, !verify, !Process.isSetEmpty(PolicyFiles.variable) {
      console.warn(
        "no policy was given, so imprune does not check this plan against one. If the apply enforces a "
          + "policy, name it with --policy or \(PolicyFiles.variable).")
    }
    let token = try console.token(token)
    let signatures = try console.readSignatures(signatures, policies)
    let manifest = try console.readManifest(files.manifest, strictness)
    let stateFiles = try console.stateFiles(files)
    try console.checked(failing: Self.failure) { () throws(OutputRefusal) in
      try places.requireOther(
        than: manifest.files + policies.paths + keyFiles, stateFiles)
    }
    let found = try console.plan(PlanPipeline(manifest, policies: policies), stateFiles)
    let plan = found.plan
    if !verify || plan.isRefused {
      console.print(PlanView.render(plan, console.out, showsAll: showsAll, rate: .standard))
      if let journal = found.journal { console.notify(journal, stateFiles) }
    }
    try require(token, of: plan, console)
    if verify {
      let signers = try attempt(
        SignatureCheck.signers(signatures, of: token, for: plan, at: RunEnvironment.current.now())
      ) { (failure: SignatureCheck.Failure) in console.fail(failure) }
      console.print(SignatureView.text(signers, console.out))
    } else if let key, let place = places["--out"] {
      if let journal = found.journal {
        // The apply first saves what that run did, in a state of another serial.
        throw console.fail(
          "run \(journal.run) is in progress or was interrupted",
          "A signature names the state, which changes when imprune saves the outcomes of that run. Wait "
            + "for its end or run `imprune state recover`, then review the plan and approve it.",
          status: .approvalMissing)
      }
      try sign(plan, token, key, to: place, console)
    }
  }

  /// The files of the key, which the signature must not replace: its private and its public one.
  private var keyFiles: [String] {
    guard let key else { return [] }
    return [key, key + ".pub"] + (key.hasSuffix(".pub") ? [String(key.dropLast(4))] : [])
  }

  /// Throws unless a person who saw the plan may sign its token.
  private func require(_ token: ApprovalToken, of plan: Plan, _ console: Console) throws(ExitCode) {
    if plan.isRefused { throw console.fail(PlanHalt.refused) }
    if plan.items.isEmpty {
      throw console.fail(
        "there is nothing to approve", "The plan changes no user.", status: .approvalMissing)
    }
    let now = ApprovalToken(plan)
    if token == plan.continuedToken(), token != now {
      if verify { return }
      // A person must not sign more than the plan shows.
      throw console.fail(
        "the token is that of an interrupted run",
        "This plan contains only the remaining users. The run's signatures are valid until they "
          + "expire. To approve only these users, sign \(now).", status: .approvalMissing)
    }
    guard token == now else {
      throw console.fail(
        "the token is that of another plan",
        "You want to approve \(token), but the token of this plan is \(now). Check the manifest, the "
          + "state and the commit that is checked out; review the plan again.",
        status: .approvalMissing)
    }
  }

  private func sign(
    _ plan: Plan, _ token: ApprovalToken, _ key: String, to place: OutputPlace, _ console: Console
  ) throws(ExitCode) {
    guard let state = plan.state else {
      throw console.fail(
        "there is no state",
        "A signature names the state, so that it approves the plan once. Create one with `imprune init`, "
          + "commit it, and review the plan again.", status: .approvalMissing)
    }
    if place.isFile, FileSystem.exists(place.name) {
      throw console.fail(
        "\(place.name) exists already",
        "It may be the signature of another person. Name another file with --out, or delete it.",
        status: .usage)
    }
    let now = RunEnvironment.current.now()
    let statement = Statement(
      app: plan.manifest.app.id, state: state, token: token,
      expires: Timestamp(seconds: now.seconds + UInt32((expiresIn ?? .standard).seconds)))
    console.note(
      console.error.wrapped(
        "Signing with \(printable(key)). If it is a hardware key, touch it when it blinks.") + "\n")
    let signature = try attempt(SignatureFiles.sign(statement, key: key)) {
      (failure: SignatureFiles.Unsigned) -> ExitCode in
      switch failure {
      case .tool(let failure): console.fail(failure)
      case .refused(let words):
        console.fail("ssh-keygen did not sign", "Its message: \(words). Nothing was written.")
      }
    }
    try attempt(SignatureFiles.save(signature, to: place)) { (error: SystemError) in
      console.fail(Self.failure, "\(error). Name another file with --out.")
    }
    if place.isFile {
      console.note(
        console.error.wrapped(
          "Saved the signature of \(token) to \(printable(place.name)), valid until "
            + "\(statement.expires).") + "\n")
    }
  }

  private static let failure = "imprune cannot save the signature"
}

/// How long a signature is valid: `1m` to `30d`; a number with m, h or d.
struct Validity: ExpressibleByArgument {
  let seconds: Int

  static let standard = Validity(seconds: 86_400)

  init(seconds: Int) {
    self.seconds = seconds
  }

  init?(argument: String) {
    let digits = argument.dropLast()
    guard let unit = argument.last.flatMap({ ["m": 60, "h": 3600, "d": 86_400][String($0)] }),
      digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(digits), number > 0,
      number <= Statement.longest / unit
    else { return nil }
    seconds = number * unit
  }
}
