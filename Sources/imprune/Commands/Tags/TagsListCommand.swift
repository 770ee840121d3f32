import ArgumentParser
import PruneCore

/// The output formats of a list of tags.
enum TagsFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
}

/// `imprune tags list`.
struct TagsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the users of a tag file with their tags.",
    discussion: """
        imprune tags list imprune.state.tags-8f2c41d09ab3
        imprune tags list imprune.state.tags-8f2c41d09ab3 --format json

      Prints a line for each time that the run read a user: the time, the id, and the tags as JSON. \
      Text leaves out invisible characters; `--format json` has every one, and is described by \
      examples/schemas/tags.schema.json. Needs no network, no manifest and no state.
      """)

  @OptionGroup var common: CommonOptions

  @Argument(help: "The tag file, NAME.state.tags-RUN.", completion: .file())
  var file: String

  @Option(help: "Output format.")
  var format = TagsFormat.text

  @Flag(name: .customLong("all"), help: "List all users (text format).")
  var showsAll = false

  func validate() throws { try requireFile(file, "a tag file") }

  func run() throws {
    let console = common.console
    var reader = try console.tagFile(file)
    do throws(TagFileError) {
      switch format {
      case .text:
        try TagsView.text(&reader, console.out, showsAll: showsAll, to: console.print)
      case .json: try TagsView.json(&reader, to: console.print)
      }
    } catch {
      throw console.fail(error, file)
    }
  }
}
