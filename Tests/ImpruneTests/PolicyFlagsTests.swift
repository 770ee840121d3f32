import Foundation
import TestSupport
import Testing

/// No flag and no variable of `apply` gets past a policy. A new one fails here until somebody has
/// thought about it.
@Suite struct PolicyFlagsTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox(["--users", "9", "--edition", "trial"])
    try write("[user_0000001, user_0000002]")
    #expect(try place.imprune("init").code == 0)
  }

  private func write(_ ids: String, name: String = "imprune.yaml") throws {
    try place.write(
      name,
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "", guards: "{max_removals: 1000}",
        users: "    - {ids: \(ids), account: absent}"))
  }

  // MARK: - The table

  /// Each flag or argument of `apply`, and why it cannot loosen a policy.
  static let flags: [String: String] = [
    "no-color": "only how text looks",
    "manifest": "the policy judges every manifest",
    "state": "the limits count what is to do with any state; signatures name its lineage",
    "strict": "makes warnings errors",
    "max-removals": "an additional limit",
    "policy": "holds in addition to IMPRUNE_POLICY",
    "approve": "approves one token, after the policy has judged the plan",
    "signature": "is checked against the policy's signers, and alone approves nothing",
    "auto-approve": "is after the policy's judgement, and can be forbidden",
    "plan": "limits what is applied, approves nothing and supplies no ids",
    "dry-run": "changes no user",
    "new-state": "creates a state; the plan is judged without one too",
    "rate": "only when calls are sent", "max-attempts": "only of transient failures",
    "max-elapsed": "only when a run stops",
    "resend-within": "`forbid: [resend]` sets it to 0",
    "accept-absent": "only what is recorded of users without an account",
    "no-tag-backup": "no rule is about saved tags",
    "ca-file": "only which certificates are trusted",
    "json": "output", "report": "output, and never a policy or its signers",
    "html-out": "output, and never a policy or its signers",
    "send-log": "output, and never a policy or its signers", "all": "output",
    "version": "prints the version", "help": "prints the help",
  ]

  /// Each variable that imprune reads, and why it cannot loosen a policy.
  static let variables: [String: String] = [
    "IMPRUNE_POLICY": "holds in addition to --policy; empty is an error",
    "IMPRUNE_SECRET_KEY": "a key is no approval", "IMPRUNE_SECRET_KEY_FILE": "a key is no approval",
    "IMPRUNE_USERSIG": "a credential is no approval",
    "IMPRUNE_ALLOW_HOST": "which hosts get a UserSig; `forbid: [endpoint]` is about the manifest",
    "NO_COLOR": "only how text looks", "TERM": "only how text looks",
    "GITHUB_ACTIONS": "output", "GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "output",
    "GITHUB_WORKSPACE": "output", "CI_PROJECT_DIR": "output",
    "GITHUB_REPOSITORY": "names the job", "GITHUB_RUN_ID": "names the job",
    "GITHUB_SERVER_URL": "names the job", "CI_JOB_URL": "names the job",
    "AWS_ACCESS_KEY_ID": "a credential is no approval",
    "AWS_SECRET_ACCESS_KEY": "a credential is no approval",
    "AWS_SESSION_TOKEN": "a credential is no approval",
    "AWS_REGION": "where a shared state is, as --state", "AWS_DEFAULT_REGION": "as AWS_REGION",
    "AWS_ENDPOINT_URL_S3": "where a shared state is, as --state",
    "AWS_ENDPOINT_URL": "as AWS_ENDPOINT_URL_S3",
    "AWS_CA_BUNDLE": "certificates of a store", "CI_SERVER_TLS_CA_FILE": "certificates of a store",
    "TF_HTTP_USERNAME": "a credential is no approval",
    "TF_HTTP_PASSWORD": "a credential is no approval",
    "PATH": "finds ssh-keygen and git; whoever sets it can replace imprune too",
    "PWD": "only how the working folder is called; a plan is compared with git by that name",
    "TMPDIR": "where private copies are made, in a new folder",
  ]

  /// The names of all flags and arguments of `apply`, hidden ones too.
  private func names() throws -> Set<String> {
    let dump = try JSONValue(place.imprune("apply", "--experimental-dump-help").out.utf8)
    let arguments = try #require(dump["command"]?["arguments"]?.array)
    let names = arguments.flatMap { argument in
      (argument["names"]?.array ?? []).compactMap { $0["name"]?.string }.filter { $0.count > 1 }
        + (argument["kind"] == .string("positional")
          ? [argument["valueName"]?.string].compactMap(\.self) : [])
    }
    return Set(names)
  }

  @Test func `no flag of apply gets past a policy`() throws {
    let names = try names()
    #expect(names.isSuperset(of: ["auto-approve", "send-log", "manifest"]))
    #expect(names.subtracting(Self.flags.keys) == [], "say why these cannot loosen a policy")
    #expect(Set(Self.flags.keys).subtracting(names).isSubset(of: ["version", "help"]))
  }

  @Test func `no variable gets past a policy`() throws {
    var found: Set<String> = []
    for folder in ["imprune", "PruneEngine", "PruneCore"] {
      let root = ReadmeTests.root.appending(path: "Sources/\(folder)").path
      for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init()
      where name.hasSuffix(".swift") {
        let text = try String(contentsOfFile: root + "/" + name, encoding: .utf8)
        for match in text.matches(of: /"(IMPRUNE_[A-Z_]+)"/) { found.insert(String(match.1)) }
        for match in text.matches(of: /environment\("([A-Z_]+)"\)/) {
          found.insert(String(match.1))
        }
      }
    }
    #expect(found.isSuperset(of: ["IMPRUNE_POLICY", "IMPRUNE_SECRET_KEY", "NO_COLOR"]))
    #expect(found.subtracting(Self.variables.keys) == [], "say why these cannot loosen a policy")
  }

  // MARK: - Runs

  /// Every flag that takes part in a decision, with a value; TOKEN is the plan's token.
  static let attempts: [[String]] = [
    ["--auto-approve"], ["--approve", "TOKEN"], ["--auto-approve", "--approve", "TOKEN"],
    ["--plan", "plan.json", "--auto-approve"], ["--plan", "plan.json", "--approve", "TOKEN"],
    ["--auto-approve", "--max-removals", "1000000"], ["--auto-approve", "--new-state"],
    ["--auto-approve", "--state", "other.state", "--new-state"],
    ["--auto-approve", "--policy", "loose.yaml"], ["--auto-approve", "--resend-within", "1h"],
    ["--auto-approve", "--accept-absent"], ["--auto-approve", "--no-tag-backup"],
    ["--auto-approve", "--rate", "none"], ["--auto-approve", "--report", "r.json", "--json"],
    ["other.yaml", "--auto-approve", "--new-state"], ["--auto-approve", "--max-attempts", "100"],
    ["--auto-approve", "--max-elapsed", "1h", "--all", "--strict"],
  ]

  /// Strict policies, and the exit code of each.
  static let policies: [(rule: String, codes: Set<Int32>)] = [
    ("max_removals: 1", [4]), ("apps: [7]", [4]), ("protected: [\"*2\"]", [4]),
    ("forbid: [endpoint]", [4]), ("require: {signatures: 1, signers: signers}", [5]),
  ]

  @Test(arguments: attempts)
  func `no combination of flags changes what a policy refuses`(flags: [String]) throws {
    try write("[user_0000001, user_0000002, user_0000003]", name: "other.yaml")
    try place.write("loose.yaml", "version: 1\nmax_removals: 1000000\n")
    try place.write("signers", "anna ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YWFhYQ==\n")
    let plan = try place.imprune("plan", "--out", "plan.json")
    let line = try #require(plan.out.split(separator: "\n").last { $0.hasPrefix("Token: ") })
    let token = String(line.dropFirst("Token: ".count))
    let arguments = ["apply"] + flags.map { $0 == "TOKEN" ? token : $0 }
    for (rule, codes) in Self.policies {
      try place.write("strict.yaml", "version: 1\n" + rule + "\n")
      let run = try place.start(arguments, environment: ["IMPRUNE_POLICY": "strict.yaml"])
      let result = place.end(run)
      #expect(codes.contains(result.code ?? -1), "\(rule): \(result.text)")
      #expect(try sandbox.counters().calls.isEmpty, "\(rule): \(result.text)")
    }
    // Without the policy, each of them would be applied.
    #expect(place.end(try place.start(arguments)).code == 0, "\(arguments)")
    #expect(try sandbox.counters().removed >= 2)
  }

  /// A user whose call had no answer, and who still exists.
  @Test func `resending is forbidden, whatever --resend-within says`() throws {
    try place.write("strict.yaml", "version: 1\nforbid: [resend]\n")
    try place.write(
      "imprune.state",
      StateFixture(
        records: [
          "user_0000001\tremove-account\t-\t-\t-\t-\t1\tunknown\t"
            + "\(ISO8601DateFormatter().string(from: Date() - 60))\t0123456789ab"
        ]
      ).text)
    try write("[user_0000001]")
    let kept = try place.imprune(
      "apply", "--auto-approve", "--resend-within", "1h", "--policy", "strict.yaml")
    #expect(try sandbox.counters().removed == 0, "\(kept.text)")
    #expect(kept.code == 3, "\(kept.text)")
    let sent = try place.imprune("apply", "--auto-approve", "--resend-within", "1h")
    #expect(sent.code == 0, "\(sent.text)")
    #expect(try sandbox.counters().removed == 1)
  }
}
