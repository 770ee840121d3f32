import Foundation
import TestSupport
import Testing

/// Policies on the built tool: what they refuse, and that a broken one stops every command.
@Suite struct PolicyTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox([
      "--users", "9", "--tags", "vip", "--edition", "ultimate", "--enabled",
      "tag_push,account_deletion",
    ])
    try write("    - {ids: [user_0000001, user_0000002], account: absent}")
    #expect(try place.imprune("init").code == 0)
  }

  private func write(_ users: String) throws {
    try place.write("repo/imprune.yaml", "")
    try place.write("imprune.yaml", manifestText(port: sandbox.port, users: users))
  }

  private func policy(_ text: String, name: String = "policy.yaml") throws {
    try place.write(name, "version: 1\n" + text)
  }

  /// Checks that a command ended with a code, said this, and sent nothing.
  private func expect(
    _ code: Int32, _ words: String, _ arguments: [String], environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let process = try place.start(arguments, environment: environment)
    let result = place.end(process)
    #expect(result.code == code, "\(result.text)", sourceLocation: sourceLocation)
    #expect(result.text.contains(words), "\(result.text)", sourceLocation: sourceLocation)
    #expect(try sandbox.counters().calls.isEmpty, sourceLocation: sourceLocation)
  }

  private let apply = ["apply", "--auto-approve"]

  /// A rule, the code of the exit, and what a plan says.
  static let refusals: [(rule: String, code: Int32, words: String)] = [
    ("apps: [7]", 4, "the policy policy.yaml does not list app 1400000000"),
    ("max_removals: 1", 4, "the plan would remove 2 users, but the policy policy.yaml allows 1."),
    ("protected: [\"*2\"]", 4, "protected by `*2` in the policy policy.yaml"),
    ("forbid: [endpoint]", 4, "the policy policy.yaml forbids `endpoint`."),
    ("forbid: [auto_approve]", 5, "the policy policy.yaml does not allow --auto-approve"),
  ]

  @Test(arguments: refusals)
  func `a policy refuses an apply and its dry run`(
    rule: String, code: Int32, words: String
  ) throws {
    try policy(rule)
    let flag = ["--policy", "policy.yaml"]
    let variable = ["IMPRUNE_POLICY": "policy.yaml"]
    // A dry run needs no approval.
    for command in code == 5 ? [apply] : [apply, apply + ["--dry-run"]] {
      try expect(code, words, command + flag)
      try expect(code, words, command, environment: variable)
    }
    if code == 4 {
      try expect(code, words, ["plan"] + flag)
      if !rule.hasPrefix("max"), !rule.hasPrefix("protected") {
        // Not even a call that reads.
        try expect(code, words, ["plan", "--refresh"], environment: variable)
      }
    } else {
      #expect(try place.imprune("plan", "--policy", "policy.yaml").code == 0)
    }
  }

  @Test func `precheck calls neither an app nor an address that a policy refuses`() throws {
    try policy("apps: [7]")
    try expect(4, "does not list app 1400000000", ["precheck", "--policy", "policy.yaml"])
    try policy("forbid: [endpoint]")
    try expect(4, "forbids `endpoint`", ["precheck", "--policy", "policy.yaml"])
    try policy("apps: [1400000000]")
    let result = try place.imprune("precheck", "--policy", "policy.yaml")
    #expect(result.code == 0, "\(result.text)")
  }

  @Test func `the policy of the flag and that of the environment both hold`() throws {
    try policy("max_removals: 1", name: "strict.yaml")
    try policy("max_removals: 9", name: "loose.yaml")
    for (flag, variable) in [("strict.yaml", "loose.yaml"), ("loose.yaml", "strict.yaml")] {
      try expect(
        4, "the policy strict.yaml allows 1", apply + ["--policy", flag],
        environment: ["IMPRUNE_POLICY": variable])
    }
    let plan = try place.imprune(
      "plan", "--policy", "loose.yaml", environment: ["IMPRUNE_POLICY": "strict.yaml"])
    let lines = plan.out.split(separator: "\n").map(String.init)
    #expect(lines[1].hasPrefix("Policy strict.yaml, sha256 "))
    #expect(lines[2].hasPrefix("Policy loose.yaml, sha256 "))
  }

  @Test func `every policy that the flag names holds`() throws {
    try policy("max_removals: 1", name: "strict.yaml")
    try policy("max_removals: 9", name: "loose.yaml")
    for names in [["strict.yaml", "loose.yaml"], ["loose.yaml", "strict.yaml"]] {
      try expect(4, "the policy strict.yaml allows 1", apply + names.flatMap { ["--policy", $0] })
    }
    // The flag that can only lower a limit.
    try expect(
      4, "--max-removals allows 1", apply + ["--max-removals", "1", "--max-removals", "5"])
  }

  @Test func `a plan that a policy allows is applied`() throws {
    try policy("apps: [1400000000]\nmax_removals: 2\nprotected: [other]\nforbid: [resend]")
    let result = try place.imprune("apply", "--auto-approve", "--policy", "policy.yaml")
    #expect(result.code == 0, "\(result.text)")
    #expect(try sandbox.counters().removed == 2)
  }

  @Test func `the token approves where --auto-approve must not`() throws {
    try policy("forbid: [auto_approve]")
    let flag = ["--policy", "policy.yaml"]
    let plan = try place.imprune(["plan", "--out", "plan.json"] + flag)
    let line = try #require(plan.out.split(separator: "\n").last { $0.hasPrefix("Token: ") })
    let token = String(line.dropFirst("Token: ".count))
    try expect(5, "pass --approve \(token)", apply + flag)
    try expect(5, "pass --approve \(token)", apply + ["--plan", "plan.json"] + flag)
    let result = try place.imprune(["apply", "--approve", token] + flag)
    #expect(result.code == 0, "\(result.text)")
  }

  // MARK: - Broken policies

  /// What is at the policy's path, and what imprune says.
  static let broken: [(content: String?, words: String)] = [
    (nil, "cannot resolve policy.yaml"), ("", "policy.yaml is empty"),
    ("version: 1\nmax_removal: 1\n", "policy.yaml:2:1: error: Unknown key"),
    ("version: 1\n", "Policy without a rule"), ("version: 1\napps: []\n", "lists no app"),
    (
      "version: 1\nrequire: {signatures: 1, signers: nowhere}\n",
      "Check `require.signers` in policy.yaml."
    ),
    (
      "version: 1\nrequire: {signatures: 1, signers: empty}\n",
      "empty is empty. It must contain rules (a policy) or signers."
    ),
    ("version: 1\nrequire: {signatures: 1, signers: .}\n", "not a regular file"),
    (String(repeating: "# policy\n", count: 1 << 17), "larger than 1 MiB"),
  ]

  private static let commands = [
    ["plan"], ["apply", "--auto-approve"], ["apply", "--dry-run"], ["precheck"],
    ["tags", "restore", "tags"],
  ]

  @Test(arguments: broken)
  func `a policy that cannot be used stops every command`(content: String?, words: String) throws {
    try place.write("empty", "")
    if let content { try place.write("policy.yaml", content) }
    for command in Self.commands {
      try expect(1, words, command + ["--policy", "policy.yaml"])
      try expect(1, words, command, environment: ["IMPRUNE_POLICY": "policy.yaml"])
    }
    #expect(try place.text("imprune.state").contains("serial\t0"))
  }

  @Test func `a folder, a FIFO and the key file are no policies`() throws {
    try place.makeFolder("folder")
    try place.makeFIFO("fifo")
    try place.write("key", Sandbox.key + "\n")
    for (name, words) in [("folder", "is a folder"), ("fifo", "is a FIFO"), ("key", "key file")] {
      try expect(
        1, words, apply,
        environment: ["IMPRUNE_POLICY": name, "IMPRUNE_SECRET_KEY_FILE": place.path("key")])
    }
    try place.expectNoSecretsPrinted()
  }

  @Test func `an empty variable is an error, and a warning of a plan`() throws {
    let empty = ["IMPRUNE_POLICY": ""]
    for command in Self.commands.dropFirst() {
      try expect(1, "IMPRUNE_POLICY is empty", command, environment: empty)
    }
    let plan = try place.imprune("plan", environment: empty)
    #expect(plan.code == 0)
    #expect(plan.error.contains("Warning: IMPRUNE_POLICY is empty"))
    #expect(try plan.out == place.imprune("plan").out)
    try expect(64, "empty", ["plan", "--policy", ""])
  }

  @Test func `no output may be a policy or its file of signers`() throws {
    try policy("require: {signatures: 1, signers: signers}")
    try place.write("signers", "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YWFhYQ==\n")
    for file in ["policy.yaml", "signers"] {
      let before = try place.bytes(file)
      for command in [
        ["apply", "--auto-approve", "--report", file], ["plan", "--out", file],
        ["plan", "--json-out", "./" + file],
      ] {
        try expect(64, "does not overwrite", command + ["--policy", "policy.yaml"])
      }
      #expect(try place.bytes(file) == before)
    }
  }

  // MARK: - What a plan shows

  @Test func `explain says who protects a user whom the manifest does not list`() throws {
    try policy("protected: [ceo]")
    let protected = try place.imprune("explain", "ceo", "--policy", "policy.yaml")
    #expect(
      protected.out.contains(
        "protected by `ceo` in the policy policy.yaml, so imprune would refuse a plan with this user."
      ), "\(protected.text)")
    #expect(try !place.imprune("explain", "cto", "--policy", "policy.yaml").out.contains("guard"))
  }

  @Test func `every format of a plan names the policy and its digest`() throws {
    try policy("require: {signatures: 2, signers: signers}", name: "etc/pol`icy.yaml")
    try place.write(
      "etc/signers",
      "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YWFhYQ==\nb ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YmJiYg==\n")
    let digests = try ["etc/pol`icy.yaml", "etc/signers"].map { try place.sha256($0) }
    let flag = ["--policy", "etc/pol`icy.yaml"]
    let plan = try place.imprune(["plan", "--json-out", "p.json", "--markdown-out", "p.md"] + flag)
    #expect(plan.code == 0, "\(plan.text)")
    #expect(plan.out.contains("\nPolicy pol`icy.yaml, sha256 \(digests[0]).\n"))
    #expect(
      plan.out.contains("Apply needs 2 signatures; signers signers, sha256 \(digests[1]).\n"))
    let markdown = try place.text("p.md")
    #expect(markdown.contains("Policy `` pol`icy.yaml ``, sha256 \(digests[0])."))
    let json = try JSONValue(place.bytes("p.json"))
    #expect(try ProgramSchema("plan").problems(in: json) == [])
    let policies = try #require(json["policies"]?.array)
    #expect(policies.count == 1 && policies[0]["name"] == .string("pol`icy.yaml"))
    #expect(policies[0]["sha256"] == .string(digests[0]))
    #expect(policies[0]["signatures"] == .number(2))
    #expect(policies[0]["signers"]?["sha256"] == .string(digests[1]))
    // Without a policy, nothing else.
    let plain = try place.imprune("plan", "--json-out", "q.json")
    #expect(!plain.out.contains("olicy"))
    #expect(try JSONValue(place.bytes("q.json"))["policies"] == nil)
  }

  @Test func `a refusal by a policy matches the schema, and annotates the user`() throws {
    try policy("apps: [7]\nmax_removals: 0\nprotected: [user_0000002]\nforbid: [endpoint]")
    let plan = try place.imprune(
      "plan", "--policy", "policy.yaml", "--json-out", "p.json",
      environment: ["GITHUB_ACTIONS": "true"])
    #expect(plan.code == 4)
    let json = try JSONValue(place.bytes("p.json"))
    #expect(try ProgramSchema("plan").problems(in: json) == [])
    #expect(
      json["refusals"]?.array?.map { $0["code"] }
        == ["policy-apps", "policy-endpoint", "policy-max-removals"].map { .string($0) })
    #expect(json["blocked"]?.array?.map { $0["block"]?["code"] } == [.string("policy-protected")])
    #expect(plan.error.contains("user_0000002: protected by `user_0000002` in the policy"))
  }

  @Test func `a policy in the work tree of the manifest is a warning`() throws {
    let repository = try WorkTree(place, folder: "repo")
    try repository.write("app/imprune.yaml", manifestText(users: "  - {id: a, account: absent}"))
    for (name, isInside) in [("repo/policy.yaml", true), ("policy.yaml", false)] {
      try policy("max_clears: 1", name: name)
      let plan = try place.imprune(
        "plan", "repo/app/imprune.yaml", "--policy", name, "--markdown-out", "p.md")
      #expect(plan.code == 0, "\(plan.text)")
      let words = " is in the manifest's git work tree"
      #expect(plan.error.contains("Warning: policy.yaml" + words) == isInside, "\(plan.text)")
      #expect(try place.text("p.md").contains("`policy.yaml`" + words) == isInside)
    }
    try policy("require: {signatures: 1, signers: repo/signers}")
    try place.write("repo/signers", "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YWFhYQ==\n")
    let plan = try place.imprune("plan", "repo/app/imprune.yaml", "--policy", "policy.yaml")
    #expect(plan.error.contains("Warning: signers is in the manifest's git work tree"))
  }

  // MARK: - Restoring tags

  @Test func `a restore of tags keeps the policy`() throws {
    try write("    - {ids: [user_0000003, user_0000004], tags: []}")
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    let file = try #require(place.names.first { $0.hasPrefix("imprune.state.tags-") })
    try write("    []")
    let calls = try sandbox.counters().calls.mapValues(\.total)
    let cases: [(rule: String, code: Int32, words: String)] = [
      ("apps: [7]", 4, "does not list app 1400000000"),
      ("forbid: [endpoint]", 4, "forbids `endpoint`"),
      ("forbid: [auto_approve]", 5, "does not allow --auto-approve"),
      ("protected: [\"*4\"]", 4, "user_0000004 is protected by `*4` in the policy policy.yaml"),
    ]
    for (rule, code, words) in cases {
      try policy(rule)
      let result = try place.imprune(
        "tags", "restore", file, "--auto-approve", "--policy", "policy.yaml")
      #expect(result.code == code, "\(result.text)")
      #expect(result.error.contains(words), "\(result.error)")
      #expect(try sandbox.counters().calls.mapValues(\.total) == calls)
    }
    // The others can be restored by name.
    let result = try place.imprune(
      "tags", "restore", file, "user_0000003", "--auto-approve", "--policy", "policy.yaml")
    #expect(result.code == 0, "\(result.text)")
    #expect(try sandbox.tagged().contains("user_0000003"))
  }
}

extension TemporaryWorkspace {
  /// The SHA-256 of a file, by another program.
  func sha256(_ name: String) throws -> String {
    let result = try ChildProcess("/usr/bin/sha256sum", ["--", path(name)], in: folder).end()
    return String(result.out.drop { $0 == "\\" }.prefix(64))
  }

  /// Checks that no key was printed.
  func expectNoSecretsPrinted(sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(!printed.contains(Sandbox.key), sourceLocation: sourceLocation)
  }
}
