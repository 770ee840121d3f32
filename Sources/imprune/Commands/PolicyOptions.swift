import ArgumentParser
import PruneCore
import PruneEngine

/// The rules from outside the repository that a command enforces.
struct PolicyOptions: ParsableArguments {
  @Option(
    name: .customLong("policy"),
    help: ArgumentHelp(
      "Enforce this policy; see docs/plans-and-approval.md. Can be repeated; all of them and that of "
        + "IMPRUNE_POLICY apply.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var named: [String] = []

  func validate() throws {
    for path in named { try requireFile(path, "a policy") }
    if named.count > PolicyFiles.most {
      throw ValidationError("--policy can be given at most \(PolicyFiles.most) times.")
    }
  }

  /// The policies to read: that of the environment first.
  var paths: [String] {
    [Process.environment(PolicyFiles.variable)].compactMap(\.self) + named
  }

  /// Reads the policies of a command for a manifest, and warns about those that a pull request can
  /// change; throws if one cannot be used.
  func read(
    manifest: String, mayLackVariable: Bool = false, _ console: Console
  ) throws(ExitCode) -> Policies {
    console.marked(try read(mayLackVariable: mayLackVariable, console), manifest)
  }

  /// Reads the policies; throws if one cannot be used. If the variable is set and empty, throws too,
  /// unless `mayLackVariable`.
  func read(mayLackVariable: Bool = false, _ console: Console) throws(ExitCode) -> Policies {
    if Process.isSetEmpty(PolicyFiles.variable) {
      guard mayLackVariable else {
        throw console.fail(
          "\(PolicyFiles.variable) is empty",
          "It names the policy that this command must enforce. Set it to the path of the policy, or "
            + "unset it if there is none. Nothing was done.")
      }
      console.warn(
        "\(PolicyFiles.variable) is empty, so imprune checks this plan against no policy from that "
          + "variable. A policy may still refuse the apply.")
    }
    do throws(PolicyFiles.Failure) {
      return try PolicyFiles.read(paths) { console.note($0, of: $1) }
    } catch {
      throw console.fail(error)
    }
  }

  /// The options as they were given, for a command that continues.
  var words: [String] { named.flatMap { ["--policy", quoted($0)] } }
}

extension Console {
  /// The policies, with a mark and a warning for each file that a pull request can change.
  func marked(_ policies: Policies, _ manifest: String) -> Policies {
    let policies = PolicyFiles.marked(policies, manifest: manifest)
    for remark in policies.remarks() { warn(remark.message) }
    return policies
  }

  /// Throws if a policy forbids to touch an app, or its address.
  func require(_ policies: Policies, allow app: App) throws(ExitCode) {
    let refusals = policies.refusals(of: app)
    if refusals.isEmpty { return }
    for refusal in refusals { refuse(refusal.words()) }
    throw ending("a policy does not allow this app", .refused)
  }

  /// Prints the problems of a policy.
  fileprivate func note(_ reading: ManifestReading, of bytes: [UInt8]) {
    note(
      DiagnosticsView.render(reading, error) { numbers, _, _ in
        PolicyFiles.lines(numbers, of: bytes)
      })
  }

  fileprivate func fail(_ failure: PolicyFiles.Failure) -> ExitCode {
    let summary = "the policy cannot be used"
    switch failure {
    case .system(let error):
      return fail(
        summary, "\(error). Check --policy and \(PolicyFiles.variable). Nothing was done.")
    case .unreadableSigners(let error, let policy):
      return fail(
        summary, "\(error). Check `require.signers` in \(policy). Nothing was done.")
    case .empty(let path):
      return fail(
        summary,
        "\(path) is empty. It must contain rules (a policy) or signers. Nothing was done.")
    case .signers(let path, let problem):
      return fail(summary, "\(path) \(problem.words) Nothing was done.")
    case .tooFewSigners(let path, let keys, let required):
      return fail(
        summary,
        "it requires \(counted(required, "signature")), but \(path) lists \(counted(keys, "key")), so no "
          + "plan could ever be approved. Add signers, or lower `require.signatures`. Nothing was done."
      )
    case .tooLarge(let path):
      return fail(
        summary, "\(path) is larger than 1 MiB, so it is probably another file. Nothing was done.")
    case .secret(let path):
      return fail(
        summary,
        "\(path) is the key file or a file in .git. imprune does not read it, because error "
          + "messages show lines of a policy. Name another file. Nothing was done.")
    case .wrong(let reading, let bytes):
      note(reading, of: bytes)
      return ending("the policy has errors", .error)
    }
  }
}
