import ArgumentParser
import PruneEngine

/// The shared state of a command that works with no other kind.
struct SharedStateOption: ParsableArguments {
  @Option(
    name: .customLong("state"),
    help: ArgumentHelp(
      "The address of the shared state: s3://BUCKET/KEY or gitlab://HOST/PROJECT-ID/NAME.",
      valueName: "address"))
  var address: String

  func validate() throws {
    guard StateAddress.isShared(address) else {
      throw ValidationError(
        "--state: \(quoted(address)) is a file. Give the address of a shared state: "
          + "s3://BUCKET/KEY or gitlab://HOST/PROJECT-ID/NAME.")
    }
  }

  /// The copy of the state in a scratch folder; filled unless the command is about to take the state.
  func files(_ console: Console, takes: Bool) throws -> StateFiles {
    guard let files = try console.sharedState(address, takes: takes) else {
      throw ExitCode.failure
    }
    return files
  }
}

/// Throws if a file is needed and an address was given.
func requireLocal(_ file: String) throws {
  try requireFile(file, "a state")
  if StateAddress.isShared(file) {
    throw ValidationError("\(quoted(file)) is an address. Give the path of a file.")
  }
}
