import Foundation
import TestSupport
import Testing

/// What the tool says when the system lacks what it needs, and what it does without a word of command.
@Suite struct SurroundingsTests {
  let place: Workplace

  init() throws {
    place = try Workplace.withKey()
    try place.write("imprune.yaml", manifestText(users: "  - {id: user_1, account: absent}"))
    try place.write("imprune.state", StateFixture(records: []).text)
  }

  private func run(_ words: String..., environment: [String: String] = [:]) throws -> Ending {
    let running = try Running(
      words[0], Array(words.dropFirst()), in: place.folder,
      environment: place.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    return place.end(running)
  }

  @Test func `without a command the help is printed, and it is no success`() throws {
    for (words, heading) in [
      ([], "OVERVIEW: Remove accounts"), (["state"], "OVERVIEW: Inspect or"),
    ] {
      let ending = place.end(try Running(Built.imprune, words, in: place.folder))
      #expect(ending.code == 64)
      #expect(ending.out.hasPrefix(heading), "\(ending.text)")
      #expect(ending.out.contains("SUBCOMMANDS:"))
      #expect(ending.error == "")
    }
    for words in [["--help"], ["help"], ["state", "--help"], ["help", "state"]] {
      #expect(try Running(Built.imprune, words, in: place.folder).end().code == 0, "\(words)")
    }
  }

  /// Another name for root is needed to mount something, and not every machine lets anybody have it.
  private static let canMount: Bool = {
    let mount = try? Running(
      "/usr/bin/unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/proc"], in: "/")
    return mount?.end().code == 0
  }()

  @Test(.enabled(if: canMount))
  func `without proc every command is an error, and says why`() throws {
    for words in [[], ["plan"], ["apply", "--auto-approve"], ["state", "list"], ["--version"]] {
      let script = "mount -t tmpfs none /proc && exec \"$0\" \"$@\""
      let running = try Running(
        "/usr/bin/unshare", ["-rm", "/bin/sh", "-c", script, Built.imprune] + words,
        in: place.folder, environment: place.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
      let ending = place.end(running)
      #expect(ending.code == 1, "\(words): \(ending.text)")
      #expect(ending.out == "")
      #expect(ending.error.contains("/proc is not mounted"), "\(ending.text)")
    }
    #expect(!place.exists("imprune.state.journal") && !place.exists("imprune.state.lock"))
  }

  @Test(.enabled(if: canMount))
  func `without proc the sandbox does not start with what nobody asked for`() throws {
    let running = try Running(
      "/usr/bin/unshare",
      ["-rm", "/bin/sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" --port 0", Built.sandbox],
      in: place.folder, environment: ["PATH": "/usr/bin:/bin"])
    let ending = place.end(running, patience: 20)
    #expect(ending.code == 1)
    #expect(ending.error.contains("cannot read its command line"), "\(ending.text)")
  }

  /// Whatever the limit, there is an error or it works; it never ends by a signal.
  @Test(arguments: [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
  func `without standard output or error nothing is done`(closed: String) throws {
    for words in ["plan", "apply --auto-approve", "state list"] {
      let ending = try run("/bin/sh", "-c", "exec '\(Built.imprune)' \(words) \(closed)")
      #expect(ending.code == 1, "\(words): \(ending.text)")
      #expect(
        closed.contains("2>") || ending.error.contains("standard output is closed"),
        "\(ending.text)")
    }
    #expect(place.names == ["imprune.state", "imprune.yaml"])
  }

  @Test func `a closed standard input is like an empty one`() throws {
    let plan = try run("/bin/sh", "-c", "exec '\(Built.imprune)' plan <&-")
    #expect(plan.code == 0, "\(plan.text)")
  }

  @Test(arguments: [
    ["plan", "--state", ""], ["plan", ""], ["plan", "--out", ""], ["plan", "--base-manifest", ""],
    ["apply", "--approve", ""], ["apply", "--plan", ""], ["apply", "--report", ""],
    ["state", "list", "--state", ""],
  ])
  func `an empty value is named as that`(words: [String]) throws {
    let ending = place.end(
      try Running(
        Built.imprune, words, in: place.folder, environment: place.environment))
    #expect(ending.code == 64, "\(ending.text)")
    #expect(ending.error.contains("is empty"), "\(ending.text)")
    #expect(ending.error.contains("variable in your script"), "\(ending.text)")
  }

  @Test func `too few files that may be opened are an error`() throws {
    let sandbox = try Sandbox(["--users", "5"])
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {id: user_0000001, account: absent}"))
    for limit in [4, 8, 12, 16, 20, 24, 28, 32] {
      for words in ["plan", "apply --auto-approve", "precheck", "validate", "state list"] {
        let ending = try run(
          "/bin/bash", "-c", "ulimit -n \(limit); exec \"$0\" \(words)", Built.imprune)
        // With the least of them the tool may not even be loaded.
        #expect(ending.code == (limit > 4 ? 1 : ending.code), "\(limit) \(words): \(ending.text)")
        #expect(
          limit <= 4 || ending.error.contains("the limit of open files is too low"),
          "\(ending.text)")
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
