import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import imprune

/// The hook for pre-commit.
@Suite struct HookTests {
  let hook: JSONValue

  init() throws {
    let url = ReadmeTests.root.appending(path: ".pre-commit-hooks.yaml")
    let hooks = try JSONValue(yaml: Array(try Data(contentsOf: url))).array
    hook = try #require(hooks?.first)
  }

  @Test func `the hook's entry is a command that takes files`() throws {
    let words = try #require(hook["entry"]?.string).split(separator: " ").map(String.init)
    #expect(words.first == "imprune")
    let command = try Imprune.parseAsRoot(words.dropFirst() + ["a/imprune.yaml", "imprune-b.yml"])
    #expect(command is ValidateCommand)
    #expect(hook["language"] == .string("system"))
  }

  @Test(arguments: [
    ("imprune.yaml", true), ("imprune.yml", true), ("teams/imprune-leavers.yml", true),
    ("other.yaml", false), ("not-imprune.yaml", false), ("imprune.yaml.bak", false),
    ("imprune.state", false), ("imprune/other.yaml", false),
    (".github/workflows/imprune.yml", false), (".github/workflows/imprune-comment.yml", false),
    ("a/.github/imprune.yaml", true),
  ])
  func `the hook matches manifests`(path: String, isManifest: Bool) throws {
    let wanted = try Regex(try #require(hook["files"]?.string))
    let excluded = try Regex(try #require(hook["exclude"]?.string))
    #expect((path.contains(wanted) && !path.contains(excluded)) == isManifest)
  }
}
