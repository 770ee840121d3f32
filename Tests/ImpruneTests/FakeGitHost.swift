import Foundation
import TestSupport
import Testing

/// A git host in a folder: a bare repository, and shells as its runners start them.
final class FakeGitHost {
  let place: TemporaryWorkspace
  private var count = 0

  struct Failure: Error {
    let what: String
  }

  /// The variables of every job that name the release to install.
  static let release = ["IMPRUNE_VERSION": "0.2.0", "IMPRUNE_SHA256": "SHA256"]

  init() throws {
    place = try TemporaryWorkspace()
    for name in ["home", "tools"] { try place.makeFolder(name) }
    // The workflows wait between two attempts of a push; tests do not.
    try tool("sleep", "exit 0")
    try git("init", "--quiet", "--bare", "--initial-branch", "main", "remote.git", in: "")
  }

  /// Puts a command first on the runners' PATH.
  func tool(_ name: String, _ script: String) throws {
    try place.write("tools/" + name, "#!/bin/sh\n\(script)\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.path("tools/" + name))
  }

  // MARK: - The repository

  /// Runs git as a person does, in a folder of the workspace; returns its output.
  @discardableResult
  func git(_ words: String..., in folder: String) throws -> String {
    let environment = [
      "PATH": "/usr/bin:/bin", "HOME": place.path("home"), "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@a.invalid", "GIT_COMMITTER_NAME": "A",
      "GIT_COMMITTER_EMAIL": "a@a.invalid",
    ]
    let process = try ChildProcess(
      "/usr/bin/git", words, in: place.path(folder), environment: environment)
    let result = place.end(process)
    guard result.code == 0 else { throw Failure(what: "git \(words): \(result.text)") }
    return result.out
  }

  /// A name for a new folder.
  func folder(for purpose: String) -> String {
    count += 1
    return "\(purpose)-\(count)"
  }

  /// Clones the repository with its complete history; returns the folder's name.
  func clone() throws -> String {
    let folder = self.folder(for: "clone")
    try git("clone", "--quiet", place.path("remote.git"), folder, in: "")
    return folder
  }

  /// Commits files on top of main, and pushes them to a ref.
  func commit(_ files: [String: String], to ref: String = "refs/heads/main") throws {
    let folder = try clone()
    for (name, text) in files { try place.write("\(folder)/\(name)", text) }
    try git("add", "--all", in: folder)
    try git("commit", "--quiet", "--message", "Change \(files.keys.sorted())", in: folder)
    try git("push", "--quiet", "origin", "HEAD:\(ref)", in: folder)
  }

  /// Sets up the repository as the comments of the workflows say, with this manifest.
  func setUp(_ manifest: String) throws {
    try place.write("new/imprune.yaml", manifest)
    let start = place.end(try ChildProcess(Built.imprune, ["init"], in: place.path("new")))
    guard start.code == 0 else { throw Failure(what: start.text) }
    try commit([
      "imprune.yaml": manifest, "imprune.state": try place.text("new/imprune.state"),
      ".github/install-imprune.sh": Self.installer,
      ".gitattributes": "*.state -text merge=imprune\n",
      ".gitignore":
        "*.state.lock\n*.state.tmp\n*.state.journal\n*.state.backup-*\n*.state.tags-*\n",
    ])
  }

  /// imprune is on the PATH already; `ReleaseWorkflowTests` run the real script.
  private static let installer = "[ \"$1 $2\" = '0.2.0 SHA256' ] && [ -n \"$3\" ]\n"

  /// The same with a state that is not in the repository; `access` reaches it.
  func setUp(_ manifest: String, stateAt state: String, _ access: [String: String]) throws {
    try place.write("new/imprune.yaml", manifest)
    let start = place.end(
      try ChildProcess(
        Built.imprune, ["init", "--state", state], in: place.path("new"), environment: access))
    guard start.code == 0 else { throw Failure(what: start.text) }
    try commit(["imprune.yaml": manifest, ".github/install-imprune.sh": Self.installer])
  }

  /// A file on main.
  func text(_ path: String) throws -> String {
    try git("show", "main:\(path)", in: "remote.git")
  }

  var messages: [String] {
    get throws {
      try git("log", "--format=%s", "main", in: "remote.git").split(separator: "\n")
        .map(String.init)
    }
  }

  // MARK: - Shells

  /// Starts a script as a runner does: `bash -e` on a file, with its own environment.
  func shell(
    _ script: String, in folder: String, environment: [String: String], prefix: [String] = []
  ) throws -> ChildProcess {
    let home = self.folder(for: "home")
    let name = "\(home).sh"
    try place.write(name, script)
    try place.makeFolder(home)
    let basics = [
      "PATH": "\(place.path("tools")):\(Built.folder):/usr/bin:/bin", "HOME": place.path(home),
      "GIT_CONFIG_NOSYSTEM": "1",
    ]
    let words = prefix + ["/bin/bash", "-e", place.path(name)]
    return try ChildProcess(
      words[0], Array(words.dropFirst()), in: place.path(folder),
      environment: basics.merging(environment) { $1 })
  }

  /// Copies the existing files among these; `*` at the end of a name stands for any text.
  func copy(_ names: [String], from folder: String, to target: String) throws {
    for name in try names.flatMap({ try files($0, in: folder) }) {
      let source = "\(folder)/\(name)"
      if let inner = try? FileManager.default.contentsOfDirectory(atPath: place.path(source)) {
        // As the action does it: the files in a folder, and those behind links.
        try place.makeFolder("\(target)/\(name)")
        try copy(inner.map { "\(name)/\($0)" }, from: folder, to: target)
      } else {
        try place.write("\(target)/\(name)", try place.bytes(source))
      }
    }
  }

  /// The existing files that a name stands for.
  func files(_ name: String, in folder: String) throws -> [String] {
    guard name.hasSuffix("*") else { return place.exists("\(folder)/\(name)") ? [name] : [] }
    return try FileManager.default.contentsOfDirectory(atPath: place.path(folder))
      .filter { $0.hasPrefix(name.dropLast()) }
  }
}
