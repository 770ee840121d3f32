import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune explain`: what will happen to one user, and why.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain what an apply would do to one user, and why.",
    usage: "imprune explain <id> [<manifest>] [options]",
    discussion: """
        imprune explain UserID_1
        imprune explain UserID_1 leavers.yaml --state leavers.state

      Shows which line of the manifest lists the user, what the next apply would do and why, which \
      guard blocks it, and what earlier runs recorded. Needs no network and no credentials, takes no \
      lock and writes nothing.
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: "The user's id, byte for byte.")
  var id: String

  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var cap: CapOption
  @OptionGroup var policy: PolicyOptions

  func run() throws {
    let console = common.console
    let wanted = try userID(id)
    let policies = try policy.read(manifest: files.manifest, mayLackVariable: true, console)
    let manifest = try console.readManifest(files.manifest, strictness)
    let stateFiles = try console.stateFiles(files, mayBeNone: true)
    let pipeline = PlanPipeline(
      manifest, maxRemovals: cap.maxRemovals, policies: policies)
    let plan = try console.plan(pipeline, stateFiles).plan
    var records: [StateRecord] = []
    if plan.state != nil {
      _ = try console.walk(stateFiles) { record in
        if record.id == wanted { records.append(record) }
      }
    }
    console.print(ExplainView.render(wanted, plan, records, console.out))
  }
}
