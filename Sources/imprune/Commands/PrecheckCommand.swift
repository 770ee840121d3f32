import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune precheck`: whether an apply could succeed, with no user touched.
struct PrecheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "precheck",
    abstract: "Check with the service that an apply could succeed.",
    usage: "imprune precheck [<manifest>] [options]",
    discussion: """
        imprune precheck
        imprune precheck leavers.yaml --ca-file proxy.pem

      Makes the calls that every apply makes before its first change, for what the manifest asks \
      for, whatever is done already: whether host, app, signature and rights go together; for \
      clears, whether tag calls are enabled; for removals, whether accounts can be removed at all, \
      by removing an id that was made up and seen not to exist. No user is touched and nothing is \
      recorded.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption

  @Option(
    name: .customLong("ca-file"),
    help: ArgumentHelp("Certificates to trust in place of the system's.", valueName: "file"),
    completion: .file())
  var caFile: String?

  func validate() throws { try requireFile(caFile, "a file of certificates") }

  func run() throws {
    let console = common.console
    let manifest = try console.readManifest(files.manifest, strictness)
    let stateFiles = try console.stateFiles(files)
    let (plan, _, _) = try console.makePlan(manifest, stateFiles)
    let refusals = Guards.judge(manifest).refusals
    for refusal in refusals { console.refuse(GuardWords.of(refusal)) }
    if !refusals.isEmpty { throw ExitCode(Exit.refused.rawValue) }
    try console.rehearseSave(stateFiles)
    let service = try console.service(of: manifest.app)
    try console.precheck(plan, service, .precheck, caFile)
  }
}

extension Console {
  /// Makes the precheck, or its reading half, and prints each step; throws if one did not pass.
  func precheck(
    _ plan: Plan, _ service: Applier.Service, _ scope: ApplyMachine.Scope, _ caFile: String?
  ) throws(ExitCode) {
    var options = Applier.Options()
    options.settings.scope = scope
    options.caFile = caFile
    options.version = Version.current
    let result: RunResult
    do throws(Applier.Failure) {
      result = try Applier.precheck(plan, service, options) { notice in
        if case .passed(let step) = notice { self.print(ResultView.words(step) + "\n") }
      }
    } catch {
      switch error {
      case .store(let error): throw fail(error)
      // A precheck has nothing to save.
      case .unsaved(_, let cause, _): throw fail(cause)
      case .journalLeft(_, let error): throw fail(.system(error))
      case .network(let message): throw fail("no network", "\(message). Nothing was sent.")
      }
    }
    if let stop = result.stop {
      throw fail("the precheck did not pass", ResultView.words(stop), status: Exit(result))
    }
  }
}
