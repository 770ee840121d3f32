import Foundation
import TestSupport
import Testing

/// A git repository with a manifest in `app`, whose list names users to remove.
struct WorkTree {
  let place: TemporaryWorkspace
  /// The folder of the repository in the workspace.
  let folder: String

  init(_ place: TemporaryWorkspace, folder: String = "") throws {
    self.place = place
    self.folder = folder
    try place.makeFolder(folder + "/app")
    try git("init", "--quiet", "--initial-branch", "main")
    try git("config", "user.name", "a tester")
    try git("config", "user.email", "tester@example.invalid")
  }

  private var environment: [String: String] {
    ["PATH": "/usr/bin:/bin", "HOME": place.folder, "GIT_CONFIG_GLOBAL": "/dev/null"]
  }

  /// Runs git, which must succeed; returns its output.
  @discardableResult
  func git(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    let process = try ChildProcess(
      "/usr/bin/git", words, in: place.path(folder), environment: environment)
    let result = process.end()
    #expect(result.code == 0, "git \(words): \(result.text)", sourceLocation: sourceLocation)
    return result.out.trimmingCharacters(in: .newlines)
  }

  func write(_ name: String, _ text: String) throws { try place.write(folder + "/" + name, text) }

  func link(_ name: String, to target: String) throws {
    if place.exists(folder + "/" + name) { try place.remove(folder + "/" + name) }
    try place.link(folder + "/" + name, to: target)
  }

  /// Writes the manifest and its list; a change may add no removal.
  func writeManifest(list: String = "leavers.txt", ids: String...) throws {
    try write(
      "app/imprune.yaml",
      manifestText(
        guards: "{max_new_removals: 0}", users: "  - {ids_from: \"\(list)\", account: absent}"))
    try writeList(ids)
  }

  func writeList(_ ids: [String]) throws {
    try write("app/leavers.txt", ids.map { $0 + "\n" }.joined())
  }

  @discardableResult
  func commit() throws -> String {
    try git("add", "--all")
    try git("commit", "--quiet", "--allow-empty", "--message", "a change")
    return try git("rev-parse", "HEAD")
  }

  func plan(
    base: String, _ words: String..., manifest: String = "app/imprune.yaml", in inner: String = "",
    environment: [String: String] = [:]
  ) throws -> ProcessResult {
    let process = try ChildProcess(
      Built.imprune,
      ["plan", manifest] + (base.hasPrefix("-") ? ["--base=" + base] : ["--base", base]) + words,
      in: place.path(folder + "/" + inner),
      environment: self.environment.merging(environment) { $1 })
    return place.end(process)
  }

  /// Checks how many removals of a plan belong to the change.
  func expectChange(
    _ removals: Int, base: String, environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try plan(base: base, environment: environment)
    #expect(
      result.out.contains("this change (against \(base)): \(removals) to remove"),
      "\(result.text)", sourceLocation: sourceLocation)
    #expect(result.code == (removals == 0 ? 0 : 4), sourceLocation: sourceLocation)
  }

  /// Checks that there is no plan, and why.
  func expectNoPlan(
    base: String, saying words: String..., environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try plan(base: base, environment: environment)
    #expect(result.code == 1, "\(result.text)", sourceLocation: sourceLocation)
    #expect(result.out == "", sourceLocation: sourceLocation)
    for word in words {
      #expect(result.error.contains(word), "\(result.error)", sourceLocation: sourceLocation)
    }
  }
}
