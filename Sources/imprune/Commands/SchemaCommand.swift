import ArgumentParser
import PruneCore

/// `imprune schema`: the JSON Schema of a manifest, for editors.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of a manifest.",
    discussion: """
        imprune schema > imprune.schema.json

      Editors with a YAML language server complete and check a manifest whose first line is

        # yaml-language-server: $schema=imprune.schema.json

      The schema (draft-07) knows the structure; `imprune validate` knows all the rules.
      """)

  @OptionGroup var common: CommonOptions

  func run() {
    common.console.print(ManifestSchema.text)
  }
}
