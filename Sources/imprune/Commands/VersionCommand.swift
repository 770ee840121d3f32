import ArgumentParser
import PruneEngine

/// The version of the tool.
enum Version {
  static let current = "0.2.0"
}

/// `imprune version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version.",
    discussion: """
        imprune version
        imprune version --verbose
      """)

  @Flag(
    help: "Print also the commit, its date, the Swift version and the versions of the libraries.")
  var verbose = false

  func run() {
    let console = Console(noColor: true)
    console.print("imprune \(Version.current)\n")
    guard verbose else { return }
    let facts = BuildFacts.own
    let unknown = "unknown (not built by `make dist`)"
    var rows = [
      ("commit", facts.commit ?? unknown), ("commit date", facts.date ?? unknown),
      ("Swift", facts.swift ?? unknown),
    ]
    rows += facts.libraries.map { ($0.name, $0.version) }
    for (name, value) in rows {
      console.print("\(padded(name + ":", 13))\(value)\n")
    }
  }
}
