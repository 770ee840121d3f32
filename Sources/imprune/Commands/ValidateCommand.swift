import ArgumentParser
import PruneCore
import PruneEngine

/// The output formats of `validate`.
enum ValidateFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
  case sarif
  case gitlab
}

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
        imprune validate --format sarif > imprune.sarif
        imprune validate --format gitlab > gl-code-quality-report.json

      Reads the manifests and all lists that they name, and prints every problem with its file, line \
      and column. Also checks whether the app's edition allows the operations and whether `expect` \
      matches. Needs no network, no credentials and no state.

      With any format other than `text`, imprune writes one document to standard output, even if it \
      cannot read a manifest; text for people goes to standard error. `json` is described by \
      examples/schemas/validate.schema.json; `sarif` is SARIF 2.1.0, for GitHub's code scanning; \
      `gitlab` is GitLab's code quality report. The documents list the first 100 errors, 100 \
      warnings and 100 blocked users per manifest, and the first ten problems of each code, and count \
      the rest.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var strictness: StrictOption

  @Option(help: "Output format.")
  var format = ValidateFormat.text

  @Argument(help: "The manifests.", completion: .file(extensions: ["yaml", "yml"]))
  var manifests = ["imprune.yaml"]

  func validate() throws {
    for manifest in manifests { try requireFile(manifest, "a manifest") }
  }

  func run() throws {
    let console = Console(noColor: common.noColor, isForMachines: format != .text)
    var annotations = Annotations(folder: console.github.folder)
    let validations = manifests.map { validate($0, console, &annotations) }
    // An error takes precedence over a refusal.
    let exits = validations.map(\.exit)
    let exit = exits.first { $0 == .error } ?? exits.first { $0 == .refused } ?? .success
    if console.annotates { console.command(annotations.text) }
    if let document = document(validations, exit), console.emit(document) != nil {
      throw ExitCode(Exit.error.rawValue)
    }
    if exit != .success { throw ExitCode(exit.rawValue) }
  }

  /// What goes to standard output instead of text.
  private func document(_ validations: [Validation], _ exit: Exit) -> [UInt8]? {
    if format == .text { return nil }
    if format == .json { return ValidationView.json(validations, exit) }
    let repository = Repository(Process.environment)
    let problems = LocatedProblem.all(validations, repository, lines: ManifestFiles.lines)
    return format == .sarif
      ? SARIFView.render(validations, problems, exit, repository)
      : CodeQualityView.render(validations, problems, repository)
  }

  /// Checks a manifest and prints what people read.
  private func validate(
    _ path: String, _ console: Console, _ annotations: inout Annotations
  ) -> Validation {
    let reading: ManifestReading
    do throws(ManifestFileError) {
      reading = console.shown(try ManifestFiles.read(path), strictness)
    } catch {
      _ = console.fail(error)
      return Validation(unreadable: path, error.explanation)
    }
    annotations.add(reading)
    let validation = Validation(reading, path: path)
    guard let manifest = validation.manifest else { return validation }
    for caution in validation.verdict.cautions { console.warn(GuardWords.of(caution)) }
    for refusal in validation.verdict.refusals { console.refuse(GuardWords.of(refusal)) }
    let blocked = validation.blocked
    annotations.add(validation.verdict.refusals, blocked, manifest) { GuardWords.of($0, manifest) }
    for (entry, block) in blocked.prefix(10) {
      let place = manifest.entries.place(of: entry)
      console.refuse(
        "\(entry.id) at \(manifest.files[Int(place.file)]):\(place.line): "
          + "\(GuardWords.of(block, manifest)). \(GuardWords.advice(block))")
    }
    if blocked.count > 10 {
      console.note("... and \(counted(blocked.count - 10, "more blocked user")).\n")
    }
    guard validation.exit == .success else { return validation }
    let name = manifests.count > 1 ? "\(path): " : ""
    console.print(
      "\(name)\(console.out.green("Valid.")) App \(manifest.app.id): "
        + "\(manifest.count(of: .removeAccount)) to remove, "
        + "\(manifest.count(of: .clearTags)) to clear, from "
        + "\(counted(manifest.files.count, "file")).\n")
    return validation
  }
}
