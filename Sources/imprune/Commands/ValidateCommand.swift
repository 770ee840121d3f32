import ArgumentParser
import PruneCore

/// `imprune validate`: the manifest and its lists alone.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check a manifest and its lists.",
    usage: "imprune validate [<manifest>] [options]",
    discussion: """
        imprune validate
        imprune validate teams/leavers.yaml
        imprune validate --strict

      Reads the manifest and every list that it names, and prints all problems with their places. \
      Says too whether the app's edition allows what is asked for, and whether `expect` holds. \
      Needs no network, no credentials and no state.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var strictness: StrictOption

  @Argument(help: "The manifest.", completion: .file(extensions: ["yaml", "yml"]))
  var manifest = "imprune.yaml"

  func run() throws {
    let console = common.console
    let manifest = try console.readManifest(manifest, strictness)
    let removals = manifest.count(of: .removeAccount)
    let clears = manifest.count(of: .clearTags)
    let verdict = Guards.judge(manifest)
    for caution in verdict.cautions { console.warn(GuardWords.of(caution)) }
    for refusal in verdict.refusals {
      console.note(console.error.red("Refused: ") + GuardWords.of(refusal) + "\n")
    }
    if !verdict.refusals.isEmpty { throw ExitCode(Exit.refused.rawValue) }
    console.print(
      "\(console.out.green("Valid.")) App \(manifest.app.id): \(removals) to have no account, "
        + "\(clears) to have no tags, from \(counted(manifest.files.count, "file")).\n")
  }
}

/// `imprune version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version.",
    discussion: """
        imprune version
      """)

  func run() {
    Console(noColor: true).print("imprune \(Version.current)\n")
  }
}
