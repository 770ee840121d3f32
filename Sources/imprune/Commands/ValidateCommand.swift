import ArgumentParser
import PruneCore

/// `imprune validate`: checks the manifest and its lists.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check a manifest and its lists.",
    usage: "imprune validate [<manifest> ...] [options]",
    discussion: """
        imprune validate
        imprune validate teams/*.yaml
        imprune validate --strict

      Reads the manifests and all lists that they name, and prints every problem with its file, line \
      and column. Also checks whether the app's edition allows the operations and whether `expect` \
      matches. Needs no network, no credentials and no state.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var strictness: StrictOption

  @Argument(help: "The manifests.", completion: .file(extensions: ["yaml", "yml"]))
  var manifests = ["imprune.yaml"]

  func validate() throws {
    for manifest in manifests { try requireFile(manifest, "a manifest") }
  }

  func run() throws {
    let console = common.console
    var annotations = Annotations(folder: console.github.folder)
    var exit = Exit.success
    for manifest in manifests {
      do {
        try validate(manifest, console, &annotations)
      } catch let code as ExitCode {
        // An error takes precedence over a refusal.
        if exit != .error { exit = Exit(rawValue: code.rawValue) ?? .error }
      }
    }
    if console.annotates { console.command(annotations.text) }
    if exit != .success { throw ExitCode(exit.rawValue) }
  }

  private func validate(
    _ path: String, _ console: Console, _ annotations: inout Annotations
  ) throws {
    let reading = try console.read(path, strictness)
    annotations.add(reading)
    let manifest = try console.manifest(of: reading)
    let removals = manifest.count(of: .removeAccount)
    let clears = manifest.count(of: .clearTags)
    let verdict = Guards.judge(manifest)
    for caution in verdict.cautions { console.warn(GuardWords.of(caution)) }
    for refusal in verdict.refusals { console.refuse(GuardWords.of(refusal)) }
    let blocked = Guards.blocked(in: manifest)
    annotations.add(verdict.refusals, blocked, manifest) { GuardWords.of($0, manifest) }
    for (entry, block) in blocked.prefix(10) {
      let place = manifest.entries.place(of: entry)
      console.refuse(
        "\(entry.id) at \(manifest.files[Int(place.file)]):\(place.line): "
          + "\(GuardWords.of(block, manifest)). \(GuardWords.advice(block))")
    }
    if blocked.count > 10 {
      console.note("... and \(counted(blocked.count - 10, "more blocked user")).\n")
    }
    if !verdict.refusals.isEmpty || !blocked.isEmpty { throw ExitCode(Exit.refused.rawValue) }
    let name = manifests.count > 1 ? "\(path): " : ""
    console.print(
      "\(name)\(console.out.green("Valid.")) App \(manifest.app.id): \(removals) to remove, "
        + "\(clears) to clear, from \(counted(manifest.files.count, "file")).\n")
  }
}
