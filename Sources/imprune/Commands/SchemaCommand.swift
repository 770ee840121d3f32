import ArgumentParser
import PruneCore

/// `imprune schema`: the JSON Schema of a manifest, for editors.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of a manifest.",
    discussion: """
        imprune schema > imprune.schema.json

      An editor with a YAML language server completes and checks a manifest with this first line:

        # yaml-language-server: $schema=imprune.schema.json

      The schema (draft-07) covers the structure only; `imprune validate` checks all rules.
      """)

  @OptionGroup var common: CommonOptions

  func run() {
    common.console.print(ManifestSchema.text)
  }
}
