import ArgumentParser
import PruneCore
import PruneEngine

/// The options of all commands.
struct CommonOptions: ParsableArguments {
  @Flag(name: .customLong("no-color"), help: "Print without colors.")
  var noColor = false

  var console: Console { Console(noColor: noColor) }
}

/// How strictly a manifest is read.
struct StrictOption: ParsableArguments {
  @Flag(help: "Treat warnings about the manifest and its lists as errors.")
  var strict = false
}

/// The manifest and its state.
struct ManifestOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The manifest. (default: imprune.yaml)", valueName: "manifest"),
    completion: .file(extensions: ["yaml", "yml"]))
  var named: String?

  @Option(
    name: .customLong("state"),
    help: ArgumentHelp(
      "The state file, or the address of a shared state: s3://BUCKET/KEY or "
        + "gitlab://HOST/PROJECT-ID/NAME. `none` compares with no state (only `plan` and `explain`). (default: the manifest's name with the extension .state)",
      valueName: "file"),
    completion: .file(extensions: ["state"]))
  var state: String?

  static let standard = "imprune.yaml"

  /// The manifest, named or not.
  var manifest: String { named ?? Self.standard }

  func validate() throws {
    try requireFile(named, "a manifest")
    try requireFile(state, "a state")
  }
}

/// The certificates that a command trusts when it calls the service.
struct CertificateOption: ParsableArguments {
  @Option(
    name: .customLong("ca-file"),
    help: ArgumentHelp(
      "CA certificates (PEM) to trust instead of the system's.", valueName: "file"),
    completion: .file())
  var caFile: String?

  /// The usual options of calls to the service, with these certificates.
  var applierOptions: Applier.Options {
    var options = Applier.Options()
    options.caFile = caFile
    options.version = Version.current
    return options
  }

  func validate() throws { try requireFile(caFile, "a file of certificates") }
}

/// A limit on the command line.
struct CapOption: ParsableArguments {
  @Option(
    name: .customLong("max-removals"),
    help: ArgumentHelp(
      "Refuse a plan with more removals than this. It can only lower guards.max_removals of the "
        + "manifest. Given several times, the lowest holds.",
      valueName: "n"))
  private var caps: [Int] = []

  var maxRemovals: Int? { caps.min() }

  func validate() throws {
    if let maxRemovals, maxRemovals < 0 {
      throw ValidationError("--max-removals is \(maxRemovals), but it must be 0 or more.")
    }
  }
}

/// Reads a user's id, byte for byte.
func userID(_ text: String) throws -> UserID {
  guard let id = UserID(text) else {
    let what = text.isEmpty ? "An empty text" : text
    throw ValidationError("\(what) cannot be a user's id: it must have 1 to 32 bytes.")
  }
  return id
}

extension Rate: ExpressibleByArgument {
  /// A number, or `none` for measurements; see `RunOptions.requireLimit(for:)`.
  public init?(argument: String) {
    if argument == Rate.unlimited.description {
      self = .unlimited
    } else if let number = Int(argument) {
      self.init(number)
    } else {
      return nil
    }
  }

  public var defaultValueDescription: String { description }
}
