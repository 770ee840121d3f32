import Foundation
import TestSupport
import Testing

@testable import imprune

/// The action and the workflows that install and publish imprune: their shell steps are run.
@Suite struct ReleaseWorkflowTests {
  let server: ReleaseServer
  var place: TemporaryWorkspace { server.place }

  init() throws {
    server = try ReleaseServer()
    try server.place.write("github-path", "")
  }

  private static func parsed(_ file: String) throws -> JSONValue {
    try JSONValue(yaml: Array(ReadmeTests.text(file).utf8))
  }

  /// Runs a script as GitHub's runner does, in a folder of the workspace.
  private func run(
    _ script: String, in folder: String, _ environment: [String: String]
  ) throws -> ProcessResult {
    try place.write("script", script)
    let process = try ChildProcess(
      "/bin/bash", ["--noprofile", "--norc", "-eo", "pipefail", place.path("script")],
      in: folder, environment: server.environment.merging(environment) { $1 })
    return place.end(process)
  }

  private func tool(_ name: String, _ script: String) throws {
    try place.write("tools/" + name, "#!/bin/sh\n\(script)\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.path("tools/" + name))
  }

  // MARK: - Installing

  @Test func `the action installs the release that its inputs name`() throws {
    let action = try Self.parsed(".github/actions/setup/action.yml")
    let step = try #require(action["runs"]?["steps"]?.array?.first)
    let sha256 = try server.publish()
    let inputs = [
      "version": ReleaseServer.version, "sha256": sha256, "folder": "",
      "releases": server.address,
    ]
    var environment = [
      "GITHUB_ACTION_PATH": ReadmeTests.root.appending(path: ".github/actions/setup").path,
      "RUNNER_TEMP": place.path("temp"), "IMPRUNE_RELEASES": "",
    ]
    for (key, value) in step["env"]?.object ?? [:] {
      let expression = try #require(value.string?.wholeMatch(of: /\$\{\{ inputs\.(\w+) \}\}/))
      environment[key] = inputs[String(expression.1)]
    }
    let script = try #require(step["run"]?.string)
    // What an input contains never becomes a part of a script.
    #expect(!script.contains("${{"))
    let result = try run(script, in: place.folder, environment)
    #expect(result.code == 0, "\(result)")
    #expect(place.exists("temp/imprune/bin/imprune"))
    #expect(try place.text("github-path") == place.path("temp/imprune/bin") + "\n")
  }

  @Test(arguments: [".gitlab-ci.yml", "shared-state.gitlab-ci.yml"])
  func `GitLab's jobs install the release that the example names`(file: String) throws {
    let example = try Self.parsed("examples/workflows/gitlab/\(file)")
    #expect(example["variables"]?["IMPRUNE_VERSION"]?.string == Version.current)
    let lines = try #require(example["default"]?["before_script"]?.array).compactMap(\.string)
    try place.write(".gitlab/install-imprune.sh", ReadmeTests.text("examples/install.sh"))
    try tool("apt-get", "echo \"$@\" >>\(place.path("apt"))")
    let script = lines.joined(separator: "\n")
      .replacing("/opt/", with: place.path("opt/")).replacing(
        "/usr/local/", with: place.path("usr/"))
    try place.makeFolder("usr/bin")
    let sha256 = try server.publish()
    let result = try run(
      script, in: place.folder,
      ["IMPRUNE_VERSION": ReleaseServer.version, "IMPRUNE_SHA256": sha256, "GITHUB_PATH": ""])
    #expect(result.code == 0, "\(result)")
    #expect(FileManager.default.isExecutableFile(atPath: place.path("usr/bin/imprune")))
    #expect(try place.text("apt").contains("libyaml-0-2"))
  }

  @Test func `the examples name this version, and explain every word that is left to fill in`()
    throws
  {
    let files = try #require(
      FileManager.default.subpaths(atPath: ReadmeTests.root.appending(path: "examples").path))
    var count = 0
    for file in files where file.hasSuffix("yml") || file.hasSuffix("install.sh") {
      let text = try ReadmeTests.text("examples/" + file)
      for match in text.matches(of: /\b[A-Z]{2,}(?:[0-9]+)?\b/)
      where ["INSTALL", "IMAGE", "TODO", "CHANGEME"].contains(match.output) {
        Issue.record("\(file): \(match.output)")
      }
      for match in text.matches(of: /imprune[-_](\d+\.\d+\.\d+)/) {
        #expect(match.1 == Version.current, "\(file)")
        count += 1
      }
      // A word to fill in is explained in the comment at the top.
      let head = text.components(separatedBy: "\n").prefix { $0.hasPrefix("#") }
      let body = text.components(separatedBy: "\n").dropFirst(head.count)
      for (word, use) in [
        ("OWNER", "/OWNER/"), ("SHA256", ": SHA256"), ("BUCKET", "//BUCKET/"),
        ("REGION", ": REGION"), ("ACCOUNT", ":ACCOUNT:"),
      ]
      where body.contains(where: { $0.contains(use) }) {
        #expect(head.contains { $0.contains(word) }, "\(file): \(word)")
      }
    }
    #expect(count >= 2)
  }

  // MARK: - Publishing

  private func script(_ name: String, of job: String) throws -> String {
    let workflow = try Self.parsed(".github/workflows/release.yml")
    let steps = workflow["jobs"]?[job]?["steps"]?.array ?? []
    let step = steps.first { $0["name"]?.string == name }
    return try #require(step?["run"]?.string)
  }

  @Test(
    arguments: [
      ("v" + Version.current, 0), ("v9.9.9", 1), (Version.current, 1), ("v", 1),
      ("v\(Version.current)\nx", 1),
    ] as [(String, Int32)])
  func `only a tag of this version is released`(tag: String, code: Int32) throws {
    try writeSources()
    #expect(try checkTag(tag).code == code)
  }

  @Test(
    arguments: [
      ("CHANGELOG.md", "2026-12-01", "unreleased"),
      ("README.md", "github.com/owner", "github.com/OWNER"),
      ("examples/install.sh", "github.com/owner", "github.com/OWNER"),
      ("Sources/imprune/Commands/VersionCommand.swift", Version.current, Version.current + "-rc.1"),
    ])
  func `an unfinished source is not released`(file: String, text: String, unfinished: String) throws
  {
    try writeSources()
    #expect(try checkTag("v" + Version.current).code == 0)
    let path = "sources/" + file
    try place.write(path, try place.text(path).replacing(text, with: unfinished))
    let tag = file.hasSuffix("swift") ? Version.current + "-rc.1" : Version.current
    #expect(try checkTag("v" + tag).code == 1)
  }

  /// The files that the check reads, as they are in a release.
  private func writeSources() throws {
    for file in [
      "CHANGELOG.md", "README.md", "examples/install.sh",
      "Sources/imprune/Commands/VersionCommand.swift",
    ] {
      let text = try ReadmeTests.text(file).replacing("github.com/OWNER", with: "github.com/owner")
        .replacing("[\(Version.current)] - unreleased", with: "[\(Version.current)] - 2026-12-01")
      try place.write("sources/" + file, text)
    }
  }

  private func checkTag(_ tag: String) throws -> ProcessResult {
    try run(try script("Check the tag", of: "build"), in: place.path("sources"), ["TAG": tag])
  }

  @Test func `a release has all files, their checksums and its commit`() throws {
    for name in ["imprune_1_amd64.deb", "imprune-1-linux-amd64.tar.gz", "imprune_1_arm64.deb"] {
      try place.write("work/dist/\(name)", name)
    }
    try tool(
      "gh",
      "for word; do printf '%s\\n' \"$word\"; done >\(place.path("gh")); cp ../notes.md \(place.path("notes"))"
    )
    let result = try run(
      try script("Publish", of: "publish"), in: place.path("work"),
      ["TAG": "v1", "REPOSITORY": "o/r", "COMMIT": "c0ffee"])
    #expect(result.code == 0, "\(result)")
    let words = try place.text("gh").split(separator: "\n").map(String.init)
    #expect(words.prefix(3) == ["release", "create", "v1"])
    #expect(
      Set(words.suffix(4)) == [
        "SHA256SUMS", "imprune_1_amd64.deb", "imprune-1-linux-amd64.tar.gz", "imprune_1_arm64.deb",
      ])
    let check = try ChildProcess(
      "/usr/bin/sha256sum", ["--check", "--strict", "SHA256SUMS"], in: place.path("work/dist")
    ).end()
    #expect(check.code == 0)
    #expect(check.out.split(separator: "\n").count == 3)
    let notes = try place.text("notes")
    #expect(notes.contains("commit c0ffee"))
    #expect(notes.contains(try place.text("work/dist/SHA256SUMS")))
  }

  @Test(arguments: ["ci.yml", "release.yml"])
  func `workflows have no permission that they do not need, and pin what they use`(
    file: String
  ) throws {
    let workflow = try Self.parsed(".github/workflows/" + file)
    #expect(workflow["permissions"] == .object([:]))
    for (name, job) in workflow["jobs"]?.object ?? [:] {
      let contents = job["permissions"]?["contents"]?.string
      #expect(contents == (name == "publish" ? "write" : "read"), "\(name)")
      for step in job["steps"]?.array ?? [] {
        if let action = step["uses"]?.string {
          #expect(action.wholeMatch(of: /[\w\/-]+@[0-9a-f]{40}/) != nil, "\(action)")
        }
        #expect(step["run"]?.string?.contains("${{") != true)
      }
    }
  }
}
