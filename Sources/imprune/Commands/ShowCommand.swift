import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune show`: shows what a saved plan approves.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a saved plan.",
    usage: "imprune show <plan> [options]",
    discussion: """
        imprune plan --out reviewed.json
        imprune show reviewed.json
        imprune plan --out - | imprune show -
        imprune show reviewed.json --html-out plan.html

      Reads a file from `plan --out`, verifies its checksum, and shows the operations that it \
      approves; or, if a guard refused the plan, why (exit status 4). Needs no network, no \
      credentials, no manifest and no state.
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: "The file, or - for standard input.", completion: .file(extensions: ["json"]))
  var plan: String

  @Flag(name: .customLong("all"), help: "List all users of a long plan.")
  var showsAll = false

  @OptionGroup var page: PageOption

  func run() throws {
    let places = try common.console.places([page.named], failing: PageOption.failure)
    let console = Console(
      noColor: common.noColor, isForMachines: places.flagOfStandardOutput != nil)
    try console.requireOther(places, than: [plan], nil)
    let saved: SavedPlan
    do throws(ExitCode) {
      saved = try read(console)
    } catch {
      // An old page must not look like this plan, but a list that the plan was made from stays.
      if (try? places.requireNoInput()) != nil {
        try console.save(page: SavedPlanPage.withoutPlan, places)
      }
      throw error
    }
    let inputs = saved.provenance.files.map(\.path) + [saved.manifest]
    try console.requireOther(
      places, than: inputs, try? StateFiles(manifest: saved.manifest, override: nil))
    try console.save(page: SavedPlanPage.make(saved), places)
    console.print(SavedPlanView.render(saved, console.out, showsAll: showsAll))
  }

  /// Reads the plan; prints why the guards refused it, if they did.
  private func read(_ console: Console) throws(ExitCode) -> SavedPlan {
    do throws(PlanFiles.Failure) {
      return try PlanFiles.read(plan)
    } catch .refused(.refused(let refused)) {
      console.print(SavedPlanView.render(refused, console.out))
      throw console.ending("the plan is refused", .refused)
    } catch {
      throw console.failPlanFile(error, plan)
    }
  }
}
