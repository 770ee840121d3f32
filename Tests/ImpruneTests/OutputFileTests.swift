import Foundation
import TestSupport
import Testing

/// Where outputs may go: the same rules for every flag of every command.
@Suite struct OutputFileTests {
  let place: TemporaryWorkspace

  /// The flags that name a file, each with its command.
  static let flags: [[String]] =
    ["--out", "--json-out", "--markdown-out", "--gitlab-out"].map { ["plan", $0] }
    + ["--report", "--send-log"].map { ["apply", "--auto-approve", $0] }

  init() throws {
    // No service listens there, and none may be called.
    place = try TemporaryWorkspace.withKey()
    try place.write("leavers.txt", "user_0000001\nuser_0000002\n")
    try place.write(
      "m.yaml", manifestText(users: "  - {ids_from: leavers.txt, account: absent}"))
    try place.write("m.state", StateFixture(records: []).text)
    try place.write(".git/config", "[core]\n")
    try place.makeFolder(".git/hooks")
  }

  private func run(_ words: [String], environment: [String: String] = [:]) throws -> ProcessResult {
    let process = try ChildProcess(
      Built.imprune, words, in: place.folder,
      environment: place.environment.merging(environment) { $1 })
    return place.end(process)
  }

  /// Runs a shell script in which `$0` is imprune.
  private func shell(_ script: String) throws -> ProcessResult {
    let process = try ChildProcess(
      "/bin/bash", ["-c", script, Built.imprune], in: place.folder,
      environment: place.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    return place.end(process)
  }

  /// Checks that a flag refuses a file, and that no file there was changed.
  private func expectRefusal(
    of file: String, by flag: [String], saying words: String = "", code: Int32 = 64,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try contents()
    let result = try run([flag[0], "m.yaml"] + flag.dropFirst() + [file])
    let what = "\(flag.last ?? "") \(file): \(result.text)"
    #expect(result.code == code, "\(what)", sourceLocation: sourceLocation)
    #expect(
      words.isEmpty || result.error.contains(words), "\(what)", sourceLocation: sourceLocation)
    #expect(try contents() == before, "\(what)", sourceLocation: sourceLocation)
  }

  /// Every file with its content; links and folders by name only.
  private func contents() throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for name in place.names where !name.hasSuffix(".lock") && name != "fifo" {
      let path = place.path(name)
      // The target of a link may be this process's own output, which grows.
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
        contents[name] = Array(target.utf8)
      } else {
        contents[name] = (try? place.bytes(name)) ?? []
      }
    }
    return contents
  }

  // MARK: - What is refused

  @Test(arguments: flags)
  func `an output through a link is refused`(flag: [String]) throws {
    try place.write("target", "as it was")
    for (link, target) in [
      ("link", "target"), ("dangling", "nowhere"), ("loop", "loop"), ("intoGit", ".git/config"),
      ("toDevice", "/dev/null"), ("toStandard", "/dev/stdout"),
    ] {
      try place.link(link, to: target)
      try expectRefusal(of: link, by: flag, saying: "The path is a link")
    }
  }

  @Test(arguments: flags)
  func `an output into a git folder is refused, by any path`(flag: [String]) throws {
    try place.link("shortcut", to: ".git")
    try place.link("hooks", to: ".git/hooks")
    try place.makeFolder("sub")
    try place.write("worktree/.git", "gitdir: ../elsewhere/worktrees/x\n")
    try place.write("upper/.GIT/config", "")
    for file in [
      ".git/config", ".git/new", ".git/hooks/post-merge", "shortcut/config", "hooks/post-merge",
      "sub/../.git/config", "./.git//hooks/../new", place.path(".git/config"), "worktree/.git",
      "sub/.git", "upper/.GIT/config", "upper/.GIT/new",
    ] {
      try expectRefusal(of: file, by: flag, saying: "which belongs to git")
    }
  }

  /// The repository of a work tree may be elsewhere, under any name.
  @Test func `a git repository is recognized by its content`() throws {
    let git = try ChildProcess(
      "/usr/bin/git", ["init", "--quiet", "--bare", "store"], in: place.folder,
      environment: ["HOME": place.folder])
    #expect(git.end().code == 0)
    try place.write("linked/HEAD", "ref: refs/heads/x\n")
    try place.write("linked/commondir", "../store\n")
    for file in ["store/config", "store/hooks/post-receive", "store/refs/x", "linked/gitdir"] {
      try expectRefusal(of: file, by: Self.flags[0], saying: "which belongs to git")
    }
    // A file with that name alone does not make a repository.
    try place.write("other/HEAD", "")
    #expect(try run(["plan", "m.yaml", "--out", "other/plan.json"]).code == 0)
  }

  @Test(arguments: flags)
  func `an executable file is not replaced`(flag: [String]) throws {
    try place.write("tool.sh", "#!/bin/sh\n")
    for mode in [0o755, 0o700, 0o610, 0o601] {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: place.path("tool.sh"))
      try expectRefusal(of: "tool.sh", by: flag, saying: "The file is executable")
    }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o666], ofItemAtPath: place.path("tool.sh"))
    #expect(try run([flag[0], "m.yaml"] + flag.dropFirst() + ["tool.sh"]).code != 64)
    #expect(try !place.text("tool.sh").hasPrefix("#!"))
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path("tool.sh"))
    #expect(attributes[.posixPermissions] as? Int == 0o666)
  }

  @Test(arguments: flags)
  func `an output at the path of a state, journal or lock is refused`(flag: [String]) throws {
    let endings = [
      "", ".journal", ".lock", ".tmp", ".backup-3", ".backup-3-2",
      ".tags-0123456789ab",
    ]
    for state in ["m.state", "other.state", "M.state"] {
      for result in endings {
        try expectRefusal(of: state + result, by: flag, saying: "belongs to the state")
      }
    }
  }

  @Test func `a state with another name is recognized`() throws {
    try place.write("odd.tsv", StateFixture(records: []).text)
    try place.write("lost", Array(try JournalFixture.lines().joined()))
    try place.write("saved", WholeTagFile(users: [saved("a", ["1"])]).bytes)
    try place.write("newer", "00000000\ttags\t2\t")
    try place.makeFolder("far")
    try place.link("far/link.tsv", to: "../odd.tsv")
    for flag in Self.flags {
      for name in ["odd.tsv", "lost", "saved", "newer"] {
        try expectRefusal(of: name, by: flag, saying: "belongs to the state")
      }
      for name in ["odd.tsv.journal", "odd.tsv.tags-1", "ODD.tsv.lock"] {
        try expectRefusal(
          of: name, by: [flag[0], "--state", "far/link.tsv"] + flag.dropFirst(),
          saying: "belongs to the state")
      }
    }
    // Similar contents and names that are not part of it.
    for text in ["0a1b2c3d\tother\t1\n", "journal\t1\t", "00000000\ttags"] {
      try place.write("similar", text)
      #expect(try run(["plan", "m.yaml", "--out", "similar"]).code == 0, "\(text)")
    }
    for name in ["m.state.json", "m.stateful", "m.state-report", "odd.tsv.json", "state"] {
      #expect(try run(["plan", "m.yaml", "--out", name]).code == 0, "\(name)")
    }
  }

  @Test(arguments: flags)
  func `an output at the manifest or a list is refused, by any path`(flag: [String]) throws {
    try FileManager.default.linkItem(
      atPath: place.path("leavers.txt"), toPath: place.path("list.txt"))
    try FileManager.default.linkItem(atPath: place.path("m.yaml"), toPath: place.path("copy.yaml"))
    try FileManager.default.linkItem(atPath: place.path("m.state"), toPath: place.path("twin"))
    try place.makeFolder("sub")
    try place.link("here", to: ".")
    try place.write("m.state.lock", "")
    try FileManager.default.linkItem(
      atPath: place.path("m.state.lock"), toPath: place.path("lock-twin"))
    try expectRefusal(of: "lock-twin", by: flag, saying: "does not overwrite")
    for file in [
      "m.yaml", "leavers.txt", "list.txt", "copy.yaml", "sub/../leavers.txt", "here/leavers.txt",
      place.path("leavers.txt"),
    ] {
      try expectRefusal(of: file, by: flag, saying: "does not overwrite")
    }
    try expectRefusal(of: "twin", by: flag, saying: "does not overwrite")
  }

  @Test func `an output at the base manifest, its lists or the plan is refused`() throws {
    try place.write("base/list.txt", "user_0000001\n")
    try place.write(
      "base/m.yaml", manifestText(users: "  - {ids_from: list.txt, account: absent}"))
    for file in ["base/m.yaml", "base/list.txt"] {
      for flag in Self.flags where flag[0] == "plan" {
        try expectRefusal(
          of: file, by: ["plan", "--base-manifest", "base/m.yaml", flag[1]],
          saying: "does not overwrite")
      }
    }
    #expect(try run(["plan", "m.yaml", "--out", "plan.json"]).code == 0)
    for flag in Self.flags where flag[0] == "apply" {
      try expectRefusal(
        of: "plan.json", by: ["apply", "--plan", "plan.json"] + flag.dropFirst(),
        saying: "does not overwrite")
    }
  }

  @Test func `an output at the key file or a runner's command file is refused`() throws {
    try place.write("key", Sandbox.key)
    try place.write("ca.pem", "none\n")
    for flag in Self.flags {
      let result = try run(
        [flag[0], "m.yaml"] + flag.dropFirst() + ["key"],
        environment: ["IMPRUNE_SECRET_KEY_FILE": place.path("key")])
      #expect(result.code == 64, "\(result.text)")
      #expect(try place.text("key") == Sandbox.key)
    }
    for flag in Self.flags where flag[0] == "apply" {
      try expectRefusal(
        of: "ca.pem", by: ["apply", "--ca-file", "ca.pem"] + flag.dropFirst(),
        saying: "does not overwrite")
    }
    for variable in ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"] {
      try place.write("runner", "before=1\n")
      let result = try run(
        ["plan", "m.yaml", "--markdown-out", "runner"],
        environment: ["GITHUB_ACTIONS": "true", variable: place.path("runner")])
      #expect(result.code == 64)
      #expect(result.error.contains("\(variable) is the same file"), "\(result.text)")
      #expect(try place.text("runner") == "before=1\n")
    }
  }

  /// imprune always writes a report, even for a manifest whose lists are unknown.
  @Test(arguments: [
    "version: 1\nusers:\n  - {ids_from: leavers.txt, account: absent}\n  - {id: [}\n",
    "users: [\n  # leavers.txt\n",
    manifestText(users: "  - {ids_from: leavers.txt, acount: absent}"),
  ])
  func `a list of a manifest with errors is not overwritten`(manifest: String) throws {
    try place.write("broken.yaml", manifest)
    let list = try place.bytes("leavers.txt")
    for name in ["broken.yaml", "none.yaml"] {
      for flag in ["--report", "--send-log"] {
        let result = try run(["apply", name, "--auto-approve", flag, "leavers.txt"])
        #expect([1, 64].contains(result.code), "\(result.text)")
        #expect(result.error.contains("does not overwrite leavers.txt"), "\(result.text)")
        #expect(try place.bytes("leavers.txt") == list)
      }
    }
    let plan = try run(["plan", "broken.yaml", "--markdown-out", "leavers.txt"])
    #expect(plan.code == 64, "\(plan.text)")
    #expect(try place.bytes("leavers.txt") == list)
    // New files, and earlier outputs, are allowed.
    for _ in 1...2 {
      #expect(try run(["apply", "broken.yaml", "--report", "report.json"]).code == 1)
      #expect(try place.text("report.json").contains("\"exit_code\": 1"))
      #expect(try run(["plan", "broken.yaml", "--markdown-out", "a.md"]).code == 1)
      // Without an app there is no such comment.
      let hasApp = manifest.contains("sdk_app_id")
      #expect((try? place.text("a.md").hasPrefix("<!-- imprune-plan")) == (hasApp ? true : nil))
    }
  }

  @Test func `two outputs to one file are refused`() throws {
    try place.write("old", "as it was")
    try FileManager.default.linkItem(atPath: place.path("old"), toPath: place.path("twin"))
    try place.link("here", to: ".")
    for (one, other) in [
      ("a.json", "a.json"), ("a.json", "./a.json"), ("a.json", "here/a.json"), ("old", "twin"),
      ("a.json", place.path("a.json")), ("-", "/dev/stdout"), ("/dev/fd/2", "/dev/stderr"),
    ] {
      let plan = try run(["plan", "m.yaml", "--out", one, "--markdown-out", other])
      #expect(plan.code == 64, "\(one) \(other): \(plan.text)")
      #expect(plan.error.contains("is the same file"), "\(plan.text)")
      let apply = try run([
        "apply", "m.yaml", "--auto-approve", "--report", one, "--send-log", other,
      ])
      #expect(apply.code == 64, "\(one) \(other): \(apply.text)")
    }
    #expect(!place.exists("a.json"))
    for script in [
      "\"$0\" plan m.yaml --out x >x", "\"$0\" plan m.yaml --out x 2>x",
      "\"$0\" apply m.yaml --report x --auto-approve >>x",
    ] {
      #expect(try shell(script).code == 64)
      #expect(try !place.text("x").contains("format_version"))
    }
  }

  @Test(arguments: flags)
  func `an output that is not a file is refused`(flag: [String]) throws {
    try place.makeFolder("folder")
    for name in ["folder", "folder/", ".", "..", "folder/..", "no/such/folder", "m.yaml/x"] {
      try expectRefusal(of: name, by: flag, code: 1)
    }
  }

  // MARK: - Standard output, pipes and devices

  @Test func `with a plan on standard output, text goes to standard error`() throws {
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
      for flag in ["--out", "--json-out"] {
        let result = try run(["plan", "m.yaml", flag, name])
        #expect(result.code == 0)
        #expect(try JSONValue(result.out.utf8)["refused"] == .bool(false), "\(result.text)")
        #expect(result.error.contains("Plan: 2 to remove"))
        #expect(!result.error.contains("Saved to"))
      }
      let markdown = try run(["plan", "m.yaml", "--markdown-out", name])
      #expect(markdown.out.hasPrefix("<!-- imprune-plan"), "\(markdown.text)")
      let lab = try run(["plan", "m.yaml", "--gitlab-out", name])
      #expect(lab.out == #"{"create": 0, "update": 0, "delete": 2}"# + "\n")
      let report = try run(["apply", "m.yaml", "--report", name])
      #expect(report.code == 5)
      #expect(try JSONValue(report.out.utf8)["exit_code"] == .number(5), "\(report.text)")
    }
    #expect(!place.exists("-"))
  }

  @Test func `a plan can be read from a pipe`() throws {
    let shown = try shell("set -o pipefail; \"$0\" plan m.yaml --out - 2>/dev/null | \"$0\" show -")
    #expect(shown.code == 0)
    #expect(shown.out.contains("Saved plan: 2 to remove"))
    let applied = try shell("\"$0\" plan m.yaml --out - 2>/dev/null | \"$0\" apply m.yaml --plan -")
    #expect(applied.code == 5)
    #expect(applied.error.contains("Standard input is not a terminal"), "\(applied.text)")
  }

  @Test func `two documents on standard output are refused`() throws {
    for words in [
      ["plan", "m.yaml", "--format", "json", "--out", "-"],
      ["plan", "m.yaml", "--format", "markdown", "--json-out", "/dev/stdout"],
      ["apply", "m.yaml", "--json", "--report", "-"],
    ] {
      let result = try run(words)
      #expect(result.code == 64)
      #expect(result.error.contains("Standard output can take"), "\(result.text)")
    }
  }

  @Test func `a file behind standard output is appended to`() throws {
    let result = try shell(
      "{ echo first; \"$0\" plan m.yaml --json-out /dev/stdout; echo last; } >x")
    #expect(result.code == 0)
    let lines = try place.text("x").split(separator: "\n")
    #expect(lines.first == "first" && lines.dropFirst().first == "{" && lines.last == "last")
  }

  @Test func `FIFOs, devices and descriptors are written to in place`() throws {
    try place.makeFIFO("fifo")
    for script in [
      "cat fifo >x & \"$0\" plan m.yaml --json-out fifo; wait",
      "\"$0\" plan m.yaml --json-out >(cat >x); sleep 0.1; wait $!",
      "\"$0\" plan m.yaml --json-out /dev/fd/7 7>x",
      "\"$0\" plan m.yaml --json-out /dev/stderr 2>&1 >/dev/null | sed -n '/^{/,/^}/p' >x",
    ] {
      try place.write("x", "")
      #expect(try shell(script).code == 0)
      #expect(
        try eventually { try place.text("x").hasSuffix("\"\n}\n") }, "\(script)"
      )
      #expect(try JSONValue(place.text("x").utf8)["refused"] == .bool(false))
    }
    #expect(try run(["plan", "m.yaml", "--json-out", "/dev/null"]).code == 0)
    let full = try run(["plan", "m.yaml", "--json-out", "/dev/full"])
    #expect(full.code == 1)
    #expect(full.error.contains("No space left"))
    #expect(!place.names.contains { $0.hasSuffix(".tmp") })
  }

  @Test func `a descriptor that is not open for writing is refused`() throws {
    for (name, redirection) in [
      ("/dev/fd/9", ""), ("/dev/fd/7", "7<m.yaml"), ("/dev/fd/0", "</dev/null"),
      ("/dev/fd/x", ""), ("/dev/fd/-1", ""), ("/dev/fd/", ""),
    ] {
      let result = try shell("\"$0\" plan m.yaml --out \(name) \(redirection)")
      #expect([1, 64].contains(result.code), "\(name): \(result.text)")
    }
    // Nor one that links to an input of the plan.
    let list = try place.bytes("leavers.txt")
    let result = try shell("\"$0\" plan m.yaml --out /dev/fd/7 7<>leavers.txt")
    #expect(result.code == 64)
    #expect(result.error.contains("imprune reads this file"))
    #expect(try place.bytes("leavers.txt") == list)
  }

  // MARK: - A dash elsewhere

  @Test func `a dash is neither a manifest nor a state, and no file gets that name`() throws {
    for words in [
      ["plan", "-"], ["apply", "-"], ["validate", "-"], ["precheck", "-"], ["explain", "a", "-"],
      ["init", "-", "--app", "1", "--region", "china", "--edition", "trial"],
      ["plan", "m.yaml", "--state", "-"], ["plan", "m.yaml", "--base-manifest", "-"],
      ["state", "list", "--state", "-"], ["state", "recover", "--state", "-"],
      ["state", "merge", "-", "m.state", "m.state"], ["state", "merge", "m.state", "-", "m.state"],
      ["apply", "m.yaml", "--ca-file", "-"], ["precheck", "m.yaml", "--ca-file", "-"],
      ["state", "repair", "--state", "-"],
      ["state", "resolve", "a", "--as", "open", "--state", "-"],
    ] {
      let result = try run(words)
      #expect(result.code == 64, "\(words): \(result.text)")
      #expect(result.error.contains("`./-`"), "\(words): \(result.text)")
    }
    #expect(!place.names.contains { $0.hasPrefix("-") })
    // A file with that name needs a folder in front.
    try place.write("-", try place.text("m.yaml"))
    #expect(try run(["validate", "./-"]).code == 0)
  }
}
