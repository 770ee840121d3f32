import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune plan`: what an apply would do.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what an apply would do.",
    usage: "imprune plan [<manifest>] [options]",
    discussion: """
        imprune plan
        imprune plan leavers.yaml --all
        imprune plan --strict --max-removals 20
        imprune plan --detailed-exitcode
        imprune plan --out reviewed.json

      Compares the manifest with the state and prints what is to be done. Needs no network and no \
      credentials, takes no lock and writes nothing. The plan says what this tool has done, not \
      what the service holds.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var cap: CapOption

  @Flag(name: .customLong("all"), help: "List every user of a long plan.")
  var showsAll = false

  @Flag(
    name: .customLong("detailed-exitcode"),
    help: "Exit with 2 if there are changes, 0 if there are none.")
  var detailedExitCode = false

  @Option(
    help: ArgumentHelp(
      "Save the plan, to be approved and applied with `apply --plan`.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var out: String?

  @Option(help: "Calls a second that the least time is told for, 1 to 100.")
  var rate = Rate.standard

  func run() throws {
    let console = common.console
    let manifest = try console.readManifest(files.manifest, strictness)
    let stateFiles = try console.stateFiles(files)
    let (plan, journal) = try console.makePlan(manifest, stateFiles, cap)
    if let journal { console.tellJournal(journal, stateFiles) }
    if plan.state == nil { console.warnWithoutState(stateFiles) }
    console.print(PlanView.render(plan, console.out, showsAll: showsAll, rate: rate))
    if plan.isRefused { throw ExitCode(Exit.refused.rawValue) }
    if let out { try save(plan, out, console) }
    if detailedExitCode, !plan.isEmpty { throw ExitCode(Exit.changesPending.rawValue) }
  }
  private func save(_ plan: Plan, _ path: String, _ console: Console) throws {
    do throws(SystemError) {
      try PlanFiles.save(plan, to: path, toolVersion: Version.current)
    } catch {
      throw console.fail("the plan cannot be saved", "\(error).")
    }
    console.note("Saved to \(path). Apply it with `imprune apply --plan \(quoted(path))`.\n")
  }
}
