import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune tags`: reads and restores what a run saved before it cleared tags.
struct TagsCommand: ParsableCommand, CommandOfCommands {
  static let configuration = CommandConfiguration(
    commandName: "tags",
    abstract: "Read or restore the tags that a run saved before it cleared them.",
    discussion: """
        imprune tags list imprune.state.tags-8f2c41d09ab3
        imprune tags restore imprune.state.tags-8f2c41d09ab3

      Clearing tags cannot be undone, so a run saves the tags of a user first, in the file \
      NAME.state.tags-RUN next to the state.
      """,
    subcommands: [TagsListCommand.self, TagsRestoreCommand.self])
}

extension Console {
  /// Opens a tag file and reads its header; throws if it is not a readable one.
  func tagFile(_ path: String) throws(ExitCode) -> TagFileReader {
    let file = try regularFile(path)
    return try attempt(TagFileReader(file.source())) { fail($0, path) }
  }

  /// Opens a tag file.
  func regularFile(_ path: String) throws(ExitCode) -> File {
    try attempt(File.open(path, for: .reading).requireRegular()) {
      (error: SystemError) in
      fail("imprune cannot read the tag file", "\(error). Check the path and the permissions.")
    }
  }

  /// Prints why a tag file cannot be used, and returns the error to throw.
  func fail(_ error: TagFileError, _ path: String) -> ExitCode {
    fail("imprune cannot use the tag file \(path)", error.explanation)
  }
}
