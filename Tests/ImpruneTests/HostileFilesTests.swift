import Foundation
import TestSupport
import Testing

/// Files that another person, such as the author of a pull request, could place beside a manifest:
/// imprune shows nothing of other files, and writes to none.
@Suite struct HostileFilesTests {
  let place: TemporaryWorkspace
  private static let users = "  - {ids: [user_0000001, user_0000002], account: absent}"
  private static let secret = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

  init() throws {
    place = try TemporaryWorkspace.withKey()
    try place.makeFolder("app")
    try place.write("secret", Self.secret + "\n")
    try place.write(
      "app/imprune.yaml",
      manifestText(users: Self.users))
  }

  private func run(_ words: String..., environment: [String: String] = [:]) throws -> ProcessResult
  {
    let process = try ChildProcess(
      Built.imprune, words, in: place.path("app"),
      environment: place.environment.merging(environment) { $1 })
    let result = place.end(process)
    #expect(!result.text.contains("c0ffee"), "\(words): \(result.text)")
    return result
  }

  @Test func `imprune neither reads nor writes through a link at the lock's path`() throws {
    try place.link("app/imprune.state.lock", to: "../secret")
    #expect(try run("plan").code == 0)
    let apply = try run("apply", "--auto-approve", "--new-state")
    #expect(apply.code == 1)
    #expect(apply.error.contains("cannot lock the state"))
    #expect(try place.text("secret") == Self.secret + "\n")
  }

  @Test func `a link to a manifest in a folder below shows nothing of a link beside it`() throws {
    try place.remove("app/imprune.yaml")
    try place.write(
      "app/team/real.yaml", manifestText(users: "  - {ids_from: list.txt, account: absent}"))
    try place.write("app/team/list.txt", "user_1\nuser_1\n")
    try place.link("app/imprune.yaml", to: "team/real.yaml")
    try place.write("app/the.key", "x\n" + Self.secret + "\n")
    try place.write("app/.git/config", "x\n" + Self.secret + "\n")
    for target in ["the.key", ".git/config", "../secret", "/proc/self/environ"] {
      try? place.remove("app/list.txt")
      try place.link("app/list.txt", to: target)
      for command in ["validate", "plan", "precheck", "refresh"] {
        let result = try run(command, environment: ["IMPRUNE_SECRET_KEY_FILE": "the.key"])
        #expect(result.error.contains("team/list.txt:2:1: warning: Duplicate entry"))
        #expect(result.error.contains("2 | user_1"), "\(result.text)")
      }
    }
  }

  /// A repaired name is that of another file.
  @Test func `a name that is not UTF-8 leads nowhere`() throws {
    try place.write("secret.txt", "x\n" + Self.secret + "\n")
    let script = """
      printf 'user_1\\n' > "$(printf 'real\\377.txt')"; ln -s "$(printf 'real\\377.txt')" list.txt
      ln -s ../secret.txt "$(printf 'real\\357\\277\\275.txt')"
      mkdir "$(printf 'd\\377')" "$(printf 'd\\357\\277\\275')"
      cp imprune.yaml "$(printf 'd\\377')"; cp imprune.yaml "$(printf 'd\\357\\277\\275')"
      ln -s "$(printf 'd\\377')" out
      """
    try place.write(
      "app/imprune.yaml", manifestText(users: "  - {ids_from: list.txt, account: absent}"))
    _ = try ChildProcess(
      "/bin/sh", ["-c", script], in: place.path("app"), environment: ["PATH": "/usr/bin:/bin"]
    ).end()
    for command in ["validate", "plan"] {
      let result = try run(command)
      #expect(result.code == 1 && result.error.contains("List not readable"), "\(result)")
    }
    try place.write("app/imprune.yaml", manifestText(users: Self.users))
    let output = try run("plan", "--json-out", "out/plan.json")
    #expect(output.code == 1, "\(output)")
    for line in [
      "cd \"$(printf 'd\\377')\" && \"$0\" plan", "\"$0\" plan \"$(printf 'd\\377')/imprune.yaml\"",
      "IMPRUNE_POLICY=\"$(printf 'p\\377')\" \"$0\" plan",
    ] {
      let result = try ChildProcess(
        "/bin/sh", ["-c", line, Built.imprune], in: place.path("app"),
        environment: place.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }
      ).end()
      #expect(result.code == 1, "\(line): \(result)")
    }
  }

  @Test func `imprune does not choose between two values of an option`() throws {
    for words in [
      ["plan", "--base", "a", "--base", "b"], ["plan", "--state=a", "--state", "b"],
      ["apply", "--approve", "a", "--approve=b"], ["apply", "--plan", "a", "--plan", "b"],
      ["plan", "--base-manifest", "a", "--base-manifest", "b"],
      ["approve", "t", "--key", "a", "--key", "b"],
    ] {
      let result = try ChildProcess(
        Built.imprune, words, in: place.path("app"), environment: place.environment
      ).end()
      #expect(result.code == 64, "\(words)")
      #expect(result.error.contains("is given twice"), "\(result)")
    }
  }

  @Test func `imprune does not show a manifest or list that links outside the folder`() throws {
    try place.remove("app/imprune.yaml")
    try place.link("app/imprune.yaml", to: "../secret")
    #expect(try run("validate").code == 1)
    try place.remove("app/imprune.yaml")
    try place.write("app/the.key", Self.secret + "\n")
    try place.write("app/.git/config", Self.secret + "\n")
    for target in ["the.key", ".git/config"] {
      try? place.remove("app/imprune.yaml")
      try place.link("app/imprune.yaml", to: target)
      for command in ["validate", "plan", "precheck"] {
        let result = try run(command, environment: ["IMPRUNE_SECRET_KEY_FILE": "the.key"])
        #expect(result.code == 1, "\(target)")
        #expect(result.error.contains("imprune does not read it"), "\(result.text)")
      }
    }
    try place.remove("app/imprune.yaml")
    for list in ["the.key", ".git/config"] {
      try place.write(
        "app/imprune.yaml", manifestText(users: "  - {ids_from: \(list), account: absent}"))
      let result = try run("validate", environment: ["IMPRUNE_SECRET_KEY_FILE": "the.key"])
      #expect(result.code == 1, "\(list)")
    }
  }

  @Test func `imprune does not use a draft file that another process placed in advance`() throws {
    try place.write("app/plan.json.tmp", "open to all")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o666], ofItemAtPath: place.path("app/plan.json.tmp"))
    #expect(try run("plan", "--out", "plan.json").code == 0)
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path("app/plan.json"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    try place.makeFolder("app/folder")
    #expect(try run("plan", "--out", "folder").code == 1)
    #expect(place.names.filter { $0.hasSuffix(".tmp") } == ["app/plan.json.tmp"])
  }

  @Test func `imprune does not print a key passed in place of a path`() throws {
    let result = try run(
      "apply", "--auto-approve", "--new-state", "--report", "report.json",
      environment: ["IMPRUNE_SECRET_KEY_FILE": Self.secret])
    #expect(result.code == 1)
    #expect(try !place.text("app/report.json").contains("c0ffee"))
  }

  @Test func `a service that echoes the request does not leak the signature`() throws {
    let signature = "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwtUQ2eLM9NS8kmKQFBcXSIVSSk1mZgYA"
    let service = try FakeService { _ in
      .body(
        """
        {"ActionStatus":"FAIL","ErrorCode":70003,"ErrorInfo":\
        "bad request: /v4/im?usersig=\(signature)&random=1"}
        """)
    }
    try place.write("app/imprune.yaml", manifestText(port: service.port, users: Self.users))
    let result = try run("apply", "--auto-approve", "--new-state", "--report", "report.json")
    #expect(result.code == 1)
    #expect(result.error.contains("usersig=<redacted>"))
    #expect(try !(result.text + place.text("app/report.json")).contains("eJyrVgrx"))
  }
}
