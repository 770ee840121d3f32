import ArgumentParser
import PruneCore

/// `imprune schema`: the JSON Schema of a manifest or a policy, for editors.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of a manifest or a policy.",
    discussion: """
        imprune schema > imprune.schema.json
        imprune schema --policy > policy.schema.json

      An editor with a YAML language server completes and checks a manifest with this first line:

        # yaml-language-server: $schema=imprune.schema.json

      The schema (draft-07) covers the structure only; `imprune validate` checks all rules.
      """)

  @OptionGroup var common: CommonOptions

  @Flag(name: .customLong("policy"), help: "Print the schema of a policy.")
  var isOfPolicy = false

  func run() {
    common.console.print(isOfPolicy ? PolicySchema.text : ManifestSchema.text)
  }
}
