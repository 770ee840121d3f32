import Foundation
import TestSupport
import Testing

/// What imprune prints when the system lacks what it needs, and without a command.
@Suite struct StartupTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
    try place.write("imprune.yaml", manifestText(users: "  - {id: user_1, account: absent}"))
    try place.write("imprune.state", StateFixture(records: []).text)
  }

  private func run(_ words: String..., environment: [String: String] = [:]) throws -> ProcessResult
  {
    let process = try ChildProcess(
      words[0], Array(words.dropFirst()), in: place.folder,
      environment: place.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    return place.end(process)
  }

  @Test func `imprune without a command prints the help and fails`() throws {
    for (words, heading) in [
      ([], "OVERVIEW: Remove accounts"), (["state"], "OVERVIEW: Inspect or"),
      (["tags"], "OVERVIEW: Read or restore the tags"),
    ] {
      let result = place.end(try ChildProcess(Built.imprune, words, in: place.folder))
      #expect(result.code == 64)
      #expect(result.out.hasPrefix(heading), "\(result.text)")
      #expect(result.out.contains("SUBCOMMANDS:"))
      #expect(result.error == "")
    }
    for words in [["--help"], ["help"], ["state", "--help"], ["help", "state"]] {
      #expect(try ChildProcess(Built.imprune, words, in: place.folder).end().code == 0, "\(words)")
    }
  }

  /// Mounting needs another user namespace, which not every machine permits.
  private static let canMount: Bool = {
    let mount = try? ChildProcess(
      "/usr/bin/unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/proc"], in: "/")
    return mount?.end().code == 0
  }()

  @Test(.enabled(if: canMount))
  func `without /proc every command fails and says why`() throws {
    for words in [[], ["plan"], ["apply", "--auto-approve"], ["state", "list"], ["--version"]] {
      let script = "mount -t tmpfs none /proc && exec \"$0\" \"$@\""
      let process = try ChildProcess(
        "/usr/bin/unshare", ["-rm", "/bin/sh", "-c", script, Built.imprune] + words,
        in: place.folder, environment: place.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
      let result = place.end(process)
      #expect(result.code == 1, "\(words): \(result.text)")
      #expect(result.out == "")
      #expect(result.error.contains("/proc is not mounted"), "\(result.text)")
    }
    #expect(!place.exists("imprune.state.journal") && !place.exists("imprune.state.lock"))
  }

  @Test(.enabled(if: canMount))
  func `without /proc the sandbox fails instead of using default options`() throws {
    let process = try ChildProcess(
      "/usr/bin/unshare",
      ["-rm", "/bin/sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" --port 0", Built.sandbox],
      in: place.folder, environment: ["PATH": "/usr/bin:/bin"])
    let result = place.end(process, timeout: 20)
    #expect(result.code == 1)
    #expect(result.error.contains("cannot read its command line"), "\(result.text)")
  }

  /// For any limit there is an error or success, never a signal.
  @Test(arguments: [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
  func `without standard output or error imprune does nothing`(closed: String) throws {
    for words in ["plan", "apply --auto-approve", "state list"] {
      let result = try run("/bin/sh", "-c", "exec '\(Built.imprune)' \(words) \(closed)")
      #expect(result.code == 1, "\(words): \(result.text)")
      #expect(
        closed.contains("2>") || result.error.contains("standard output is closed"),
        "\(result.text)")
    }
    #expect(place.names == ["imprune.state", "imprune.yaml"])
  }

  @Test func `a closed standard input acts like an empty one`() throws {
    let plan = try run("/bin/sh", "-c", "exec '\(Built.imprune)' plan <&-")
    #expect(plan.code == 0, "\(plan.text)")
  }

  @Test(arguments: [
    ["plan", "--state", ""], ["plan", ""], ["plan", "--out", ""], ["plan", "--base-manifest", ""],
    ["apply", "--approve", ""], ["apply", "--plan", ""], ["apply", "--report", ""],
    ["state", "list", "--state", ""],
  ])
  func `an empty option value has its own message`(words: [String]) throws {
    let result = place.end(
      try ChildProcess(
        Built.imprune, words, in: place.folder, environment: place.environment))
    #expect(result.code == 64, "\(result.text)")
    #expect(result.error.contains("is empty"), "\(result.text)")
    #expect(result.error.contains("variable in your script"), "\(result.text)")
  }

  @Test func `a low limit of open files is an error`() throws {
    let sandbox = try Sandbox(["--users", "5"])
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {id: user_0000001, account: absent}"))
    for limit in [4, 8, 12, 16, 20, 24, 28, 32] {
      for words in ["plan", "apply --auto-approve", "precheck", "validate", "state list"] {
        let result = try run(
          "/bin/bash", "-c", "ulimit -n \(limit); exec \"$0\" \(words)", Built.imprune)
        // With the lowest limits imprune may not even load.
        #expect(result.code == (limit > 4 ? 1 : result.code), "\(limit) \(words): \(result.text)")
        #expect(
          limit <= 4 || result.error.contains("the limit of open files is too low"),
          "\(result.text)")
      }
    }
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(!place.exists("imprune.state.lock"))
    let enough = try run(
      "/bin/bash", "-c", "ulimit -n 48; exec \"$0\" apply --auto-approve", Built.imprune)
    #expect(enough.code == 0, "\(enough.text)")
    #expect(try sandbox.counters().removed == 1)
  }
}
