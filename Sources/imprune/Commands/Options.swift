import ArgumentParser
import PruneCore
import PruneEngine

/// What all commands take.
struct CommonOptions: ParsableArguments {
  @Flag(name: .customLong("no-color"), help: "Print without colours.")
  var noColor = false

  var console: Console { Console(noColor: noColor) }
}

/// The manifest and its state.
struct ManifestOptions: ParsableArguments {
  @Argument(help: "The manifest.", completion: .file(extensions: ["yaml", "yml"]))
  var manifest = "imprune.yaml"

  @Option(
    name: .customLong("state"),
    help: ArgumentHelp(
      "The state file. (default: the manifest's name with the ending .state)", valueName: "file"),
    completion: .file(extensions: ["state"]))
  var state: String?
}

extension Rate: ExpressibleByArgument {
  public init?(argument: String) {
    guard let number = Int(argument) else { return nil }
    self.init(number)
  }

  public var defaultValueDescription: String { description }
}
