import Foundation
import TestSupport
import Testing

/// Signatures on the built tool: `approve`, and `apply` with a policy that requires two.
@Suite struct ApproveTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox
  let keys: SSHKeys
  /// The token of the plan.
  let token: String

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox(["--users", "9", "--edition", "trial"])
    keys = try SSHKeys(in: place.path("keys"))
    for name in ["anna", "bo", "cy"] { try keys.make(name) }
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "    - {ids: [user_0000001, user_0000002], account: absent}"))
    #expect(try place.imprune("init").code == 0)
    try place.write(
      "policy.yaml", "version: 1\nrequire: {signatures: 2, signers: signers}\n")
    try place.write(
      "signers", "anna@example.com \(keys.publicKey("anna"))\nBo \(keys.publicKey("bo"))\n")
    let plan = try place.imprune("plan")
    let line = try #require(plan.out.split(separator: "\n").last { $0.hasPrefix("Token: ") })
    token = String(line.dropFirst("Token: ".count))
  }

  private let policy = ["--policy", "policy.yaml"]

  /// Signs the plan as a person does; the file is named after the key.
  private func sign(_ key: String, _ options: String...) throws {
    let result = try place.imprune(
      ["approve", token, "--key", "keys/\(key)", "--out", key + ".sig"] + options)
    #expect(result.code == 0, "\(result.text)")
  }

  private func apply(_ signatures: String..., options: [String] = []) throws -> ProcessResult {
    try place.imprune(
      ["apply", "--approve", token] + signatures.flatMap { ["--signature", $0] } + options + policy)
  }

  private func expectRefused(
    _ result: ProcessResult, _ words: String..., code: Int32 = 5,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(result.code == code, "\(result.text)", sourceLocation: sourceLocation)
    for words in words {
      #expect(result.error.contains(words), "\(result.error)", sourceLocation: sourceLocation)
    }
    #expect(try sandbox.counters().calls.isEmpty, sourceLocation: sourceLocation)
  }

  /// A signature of a statement that nobody who looked at a plan would make.
  private func forge(
    _ name: String, by key: String = "anna", app: Int = 1_400_000_000, lineage: String? = nil,
    token: String? = nil, serial: Int = 0, hours: Int = 1, namespace: String = "imprune-plan"
  ) throws {
    let expires = ISO8601DateFormatter().string(from: Date() + Double(hours) * 3600)
    let ours = try place.text("imprune.state").split(separator: "\n")
      .first { $0.hasPrefix("lineage\t") }.map { String($0.dropFirst("lineage\t".count)) }
    let statement = """
      imprune-approval 1
      app \(app)
      lineage \(try lineage ?? #require(ours))
      serial \(serial)
      token \(token ?? self.token)
      expires \(expires)

      """
    try place.write(
      name, statement + keys.armor(of: statement, by: key, namespace: namespace))
  }

  @Test func `two people sign, and the plan is applied`() throws {
    try sign("anna")
    try sign("bo", "--expires-in", "30d")
    let file = try place.text("anna.sig")
    #expect(file.hasPrefix("imprune-approval 1\napp 1400000000\nlineage "))
    #expect(file.contains("\ntoken \(token)\nexpires "))
    let dry = try apply("anna.sig", "bo.sig", options: ["--dry-run"])
    #expect(dry.code == 0, "\(dry.text)")
    #expect(try sandbox.counters().removed == 0)
    let result = try apply("anna.sig", "bo.sig", options: ["--report", "report.json"])
    #expect(result.code == 0, "\(result.text)")
    #expect(result.error.contains("Signed by anna@example.com until "))
    let report = try JSONValue(place.bytes("report.json"))
    #expect(try ProgramSchema("report").problems(in: report) == [])
    #expect(
      report["signed_by"]?.array?.map { $0["names"] }
        == [.array([.string("anna@example.com")]), .array([.string("Bo")])])
    #expect(report["policies"]?.array?.first?["name"] == .string("policy.yaml"))
    #expect(result.error.contains("Signed by Bo until "))
    #expect(try sandbox.counters().removed == 2)
    try place.expectNoSecrets()
  }

  @Test func `approve shows the plan, and signs nothing else than its token`() throws {
    let result = try place.imprune("approve", token, "--key", "keys/anna", "--out", "a.sig")
    #expect(try result.out == place.imprune("plan").out)
    #expect(result.error.contains("Saved the signature of \(token) to a.sig, valid until "))
    let other = token.replacing("2r-", with: "3r-")
    let refused = try place.imprune("approve", other, "--key", "keys/anna", "--out", "b.sig")
    #expect(refused.code == 5)
    #expect(refused.error.contains("but the token of this plan is \(token)"))
    try place.write("strict.yaml", "version: 1\nmax_removals: 1\n")
    let blocked = try place.imprune(
      "approve", token, "--key", "keys/anna", "--out", "b.sig", "--policy", "strict.yaml")
    #expect(blocked.code == 4)
    #expect(!place.exists("b.sig"))
  }

  @Test func `a key in an agent signs by its public key`() throws {
    // The agent inherits a signal mask from the tests, so only SIGKILL ends it.
    let script = """
      eval "$(ssh-agent -a "$PWD/agent")" >&2; ssh-add -q keys/anna && rm keys/anna
      "$0" approve "$1" --key keys/anna.pub --out anna.sig; code=$?
      kill -9 "$SSH_AGENT_PID"; exit $code
      """
    let process = try ChildProcess(
      "/bin/sh", ["-c", script, Built.imprune, token], in: place.folder,
      environment: ["PATH": "/usr/bin:/bin"])
    let result = place.end(process)
    #expect(result.code == 0, "\(result.text)")
    try sign("bo")
    #expect(try apply("anna.sig", "bo.sig").code == 0)
  }

  @Test func `a key that cannot sign, and outputs that must not be written, are errors`() throws {
    let missing = try place.imprune("approve", token, "--key", "nowhere", "--out", "a.sig")
    #expect(missing.code == 1)
    #expect(missing.error.contains("ssh-keygen did not sign"))
    for out in ["imprune.yaml", "imprune.state", "keys/anna", "signers", "policy.yaml"] {
      let before = try place.bytes(out)
      let result = try place.imprune(
        ["approve", token, "--key", "keys/anna", "--out", out] + policy)
      #expect(result.code == 64, "\(result.text)")
      #expect(try place.bytes(out) == before)
    }
    for arguments in [
      ["approve"], ["approve", "x", "--key", "k", "--out", "o"], ["approve", token],
      ["approve", token, "--key", "k"], ["approve", token, "--out", "o"],
      ["approve", token, "--verify"], ["approve", token, "--key", "k", "--out", "o", "--verify"],
      ["approve", token, "--key", "k", "--out", "o", "--signature", "s"],
      ["approve", token, "--key", "k", "--out", "o", "--expires-in", "31d"],
      ["approve", token, "--key", "k", "--out", "o", "--expires-in", "30s"],
      ["approve", token, "--key", "k", "--out", "o", "--expires-in", "0h"],
    ] {
      #expect(try place.imprune(arguments).code == 64, "\(arguments)")
    }
  }

  @Test func `without signatures nothing else approves the plan`() throws {
    for approval in [
      [], ["--auto-approve"], ["--approve", token], ["--auto-approve", "--approve", token],
    ] {
      let result = try place.imprune(["apply"] + approval + policy)
      try expectRefused(
        result, "the policy policy.yaml requires 2 signatures", "imprune approve \(token) --key")
    }
    try sign("anna")
    try sign("bo")
    let automatic = try place.imprune(
      ["apply", "--auto-approve", "--signature", "anna.sig", "--signature", "bo.sig"] + policy)
    try expectRefused(automatic, "--signature needs --approve TOKEN", code: 64)
    // A dry run needs none.
    #expect(try place.imprune(["apply", "--dry-run"] + policy).code == 0)
    #expect(try sandbox.counters().removed == 0)
  }

  @Test func `approve warns if it enforces no policy`() throws {
    let approve = ["approve", token, "--key", "keys/anna", "--out", "a.sig"]
    let words = "Warning: no policy was given, so imprune does not check this plan against one."
    let without = try place.imprune(approve)
    #expect(without.code == 0 && without.error.contains(words), "\(without.text)")
    try place.remove("a.sig")
    let with = try place.imprune(approve + policy)
    #expect(with.code == 0 && !with.error.contains(words), "\(with.text)")
  }

  @Test func `signatures without a policy that requires them are an error`() throws {
    try sign("anna")
    let signed = ["apply", "--approve", token, "--signature", "anna.sig"]
    try expectRefused(place.imprune(signed), "but no policy was given", code: 1)
    try place.write("other.yaml", "version: 1\nmax_removals: 9\n")
    try expectRefused(
      place.imprune(signed + ["--policy", "other.yaml"]), "but no policy with `require` was given",
      code: 1)
    let many = (1...11).flatMap { ["--signature", "\($0)"] }
    try expectRefused(place.imprune(["apply"] + many + policy), "at most 10 times", code: 64)
  }

  @Test func `one person counts once`() throws {
    try sign("anna")
    try sign("bo")
    try expectRefused(apply("anna.sig"), "too few people have signed", "there is 1.")
    try expectRefused(
      apply("anna.sig", "anna.sig"), "Signed by anna@example.com", "there is 1.", "count once")
    try forge("again.sig", hours: 2)
    try expectRefused(apply("anna.sig", "again.sig"), "too few people", "count once")
    // A second key of the same person, and one key for two.
    let signers = try place.text("signers")
    try place.write("signers", signers + "anna@example.com \(keys.publicKey("cy"))\n")
    try sign("cy")
    try expectRefused(apply("anna.sig", "cy.sig"), "too few people", "count once")
    #expect(try apply("anna.sig", "cy.sig", "bo.sig").code == 0)
  }

  @Test func `a bad signature is refused, even next to good ones`() throws {
    try sign("anna")
    try sign("bo")
    try sign("cy")
    let good = try place.text("anna.sig")
    try forge("expired.sig", hours: -1)
    try forge("long.sig", hours: 24 * 31)
    try forge("app.sig", app: 7)
    try forge("lineage.sig", lineage: "0123456789abcdef")
    try forge("none.sig", lineage: "none")
    try forge("serial.sig", serial: 7)
    try forge("token.sig", token: token.replacing("2r-", with: "3r-"))
    try forge("git.sig", namespace: "git")
    let hour = try #require(good.firstMatch(of: /T(\d\d):/)).1
    try place.write(
      "statement.sig", good.replacing("T\(hour):", with: "T\(hour == "23" ? "22" : "23"):"))
    let middle = good.index(good.endIndex, offsetBy: -60)
    let letter = good[middle] == "A" ? "B" : "A"
    try place.write(
      "armor.sig", String(good[..<middle]) + letter + good[good.index(after: middle)...])
    try place.write("both.sig", good + place.text("bo.sig"))
    try place.write("empty.sig", "")
    try place.write("huge.sig", String(repeating: "x", count: 1 << 20))
    let cases: [(name: String, words: String)] = [
      ("expired", "expired at "), ("long", "more than 30 days from now"), ("app", "is for app 7"),
      ("lineage", "is for the state of lineage 0123456789abcdef"),
      ("none", "does not begin with a statement"), ("serial", "is for serial 7 of the state"),
      ("token", "is for the token 3r-"),
      ("git", "is not valid"), ("statement", "is not valid"), ("armor", "is not"),
      ("both", "does not end with one SSH signature"), ("empty", "is empty"),
      ("huge", "larger than 16 KiB"), ("cy", "was not made by an allowed signer"),
      ("imprune.yaml", "does not end with one SSH signature"),
    ]
    for (name, words) in cases {
      let file = place.exists(name) ? name : name + ".sig"
      let result = try apply("anna.sig", "bo.sig", file)
      try expectRefused(result, "a signature approves nothing", file + " ", words)
    }
    for (name, words) in [("nowhere", "cannot open"), ("keys", "is a folder"), ("fifo", "FIFO")] {
      if name == "fifo" { try place.makeFIFO(name) }
      try expectRefused(apply("anna.sig", "bo.sig", name), words, code: 1)
    }
    #expect(try apply("anna.sig", "bo.sig").code == 0)
  }

  @Test func `signatures are for one plan`() throws {
    try sign("anna")
    try sign("bo")
    try place.write(
      "imprune.yaml",
      place.text("imprune.yaml").replacing("user_0000002]", with: "user_0000003]"))
    try expectRefused(apply("anna.sig", "bo.sig"), "the approval is for another plan")
  }

  @Test func `verify checks as apply does, and sends nothing`() throws {
    try sign("anna")
    try sign("bo")
    let verify = ["approve", token, "--verify", "--signature", "anna.sig"]
    let result = try place.imprune(verify + ["--signature", "bo.sig"] + policy)
    #expect(result.code == 0, "\(result.text)")
    let lines = result.out.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("Signed by anna@example.com until 20"))
    #expect(lines[1].hasPrefix("Signed by Bo until 20") && lines[1].hasSuffix("bo.sig)."))
    let alone = try place.imprune(verify + policy)
    try expectRefused(alone, "Signed by anna@example.com", "there is 1.")
    try expectRefused(place.imprune(verify), "but no policy was given", code: 1)
  }

  @Test func `nobody can sign, or use a signature, without a state`() throws {
    try sign("anna")
    try sign("bo")
    for name in place.names where name.hasPrefix("imprune.state") { try place.remove(name) }
    let unsigned = try place.imprune(
      "approve", token, "--key", "keys/anna", "--out", "new.sig")
    try expectRefused(unsigned, "there is no state", "imprune init")
    #expect(!place.exists("new.sig"))
    let result = try apply("anna.sig", "bo.sig", options: ["--new-state"])
    try expectRefused(result, "a signature approves nothing", "but there is no state")
  }

  @Test func `signatures approve a plan once`() throws {
    try sign("anna")
    try sign("bo")
    #expect(try apply("anna.sig", "bo.sig").code == 0)
    let forget = try place.imprune(
      "state", "forget", "user_0000001", "user_0000002", "--auto-approve")
    #expect(forget.code == 0, "\(forget)")
    // The plan and its token are the same again, the state is not.
    let again = try apply("anna.sig", "bo.sig")
    #expect(again.code == 5 && again.error.contains("is for serial 0 of the state"), "\(again)")
    #expect(try sandbox.counters().removed == 2)
  }

  /// Kills an apply when its first user is done and the second waits for its second.
  private func interruptApply() throws {
    let process = try place.start(
      ["apply", "--approve", token, "--signature", "anna.sig", "--signature", "bo.sig"] + policy
        + ["--rate", "1"])
    #expect(
      eventually {
        let journal = try? place.text("imprune.state.journal")
        return journal?.contains("\toutcome\t") == true
      })
    process.signal(SIGKILL)
    #expect(place.end(process).code != 0)
  }

  @Test func `an interrupted run continues under its signatures, and nobody signs its token again`()
    throws
  {
    try sign("anna")
    try sign("bo")
    try interruptApply()
    let plan = try place.imprune("plan")
    #expect(plan.out.contains("the approval of its token is still valid: \(token)."), "\(plan)")
    let verify = try place.imprune(
      ["approve", token, "--verify", "--signature", "anna.sig", "--signature", "bo.sig"] + policy)
    #expect(verify.code == 0, "\(verify.text)")
    let again = try place.imprune("approve", token, "--key", "keys/anna", "--out", "again.sig")
    #expect(again.code == 5 && again.error.contains("that of an interrupted run"), "\(again)")
    // The rest alone is signed when the outcomes of the run are in the state.
    let line = try #require(plan.out.split(separator: "\n").last { $0.hasPrefix("Token: ") })
    let rest = try place.imprune(
      "approve", String(line.dropFirst(7)), "--key", "keys/anna", "--out", "rest.sig")
    #expect(rest.code == 5 && rest.error.contains("state recover"), "\(rest)")
    let result = try apply("anna.sig", "bo.sig")
    #expect(result.code == 0, "\(result.text)")
    #expect(try sandbox.counters().removed == 2)
  }

  /// The user may be another person by now, or is done.
  @Test(arguments: ["--as open", "forget"])
  func `what a state command lets imprune repeat needs new signatures`(command: String) throws {
    try sign("anna")
    try sign("bo")
    try interruptApply()
    try place.write("journal", place.text("imprune.state.journal"))
    if command == "forget" {
      #expect(try place.imprune("state", "forget", "user_0000001", "--auto-approve").code == 0)
    } else {
      // A call of which nothing is known.
      try place.write(
        "imprune.state.journal",
        place.text("imprune.state.journal").split(separator: "\n")
          .filter { !$0.contains("\toutcome\t") }.joined(separator: "\n") + "\n")
      let resolved = try place.imprune("state", "resolve", "user_0000001", "--as", "open")
      #expect(resolved.code == 0, "\(resolved)")
    }
    let before = try sandbox.counters().removed
    let result = try apply("anna.sig", "bo.sig")
    #expect(result.code == 5, "\(result)")
    // Nor does the journal of the run bring its approval back.
    try place.write("imprune.state.journal", place.text("journal"))
    let merged = try place.imprune("state", "recover", "--merge")
    #expect(merged.code == 0, "\(merged)")
    #expect(try place.text("imprune.state").contains("\nunfinished\t-\n"))
    #expect(!place.exists("imprune.state.journal"))
    #expect(try apply("anna.sig", "bo.sig").code == 5)
    #expect(try sandbox.counters().removed == before)
  }

  @Test func `a signature replaces no file`() throws {
    try sign("anna")
    let text = try place.text("anna.sig")
    let again = try place.imprune("approve", token, "--key", "keys/bo", "--out", "anna.sig")
    #expect(again.code == 64 && again.error.contains("anna.sig exists already"), "\(again)")
    #expect(try place.text("anna.sig") == text)
  }

  @Test(
    arguments: [
      ("\u{FEFF}ANNA\nanna CY\n", "not printable ASCII"),
      ("\" anna\" ANNA\nanna CY\n", "begins or ends"),
      ("anna ANNA\nbo CY\nanna CY\n", "lists one key in lines 2 and 3"),
      ("anna ANNA\n", "lists 1 key, so no plan could ever be approved"),
    ])
  func `signers that could count one person twice are refused`(text: String, words: String) throws {
    try place.write(
      "signers",
      text.replacing("ANNA", with: keys.publicKey("anna")).replacing(
        "CY", with: keys.publicKey("cy")))
    try expectRefused(apply("anna.sig"), words, code: 1)
  }

  @Test func `a dry run says that signatures are missing`()
    throws
  {
    let dry = try place.imprune(["apply", "--dry-run"] + policy)
    #expect(
      dry.code == 0 && dry.out.contains("Not checked: signatures. An apply needs 2 signatures"))
    try sign("anna")
    try sign("bo")
    #expect(
      try !place.imprune(
        [
          "apply", "--dry-run", "--approve", token, "--signature", "anna.sig",
          "--signature", "bo.sig",
        ] + policy
      ).out.contains("Not checked: signatures"))
  }

  @Test func `a signature does not replace a key`() throws {
    let files = try ["keys/anna", "keys/anna.pub"].map { ($0, try place.text($0)) }
    for (key, out) in [("keys/anna", "keys/anna.pub"), ("keys/anna.pub", "keys/anna")] {
      let result = try place.imprune("approve", token, "--key", key, "--out", out)
      #expect(result.code == 64, "\(result)")
    }
    for (name, text) in files { #expect(try place.text(name) == text) }
  }

  @Test func `a program of the repository is not run`() throws {
    try sign("anna")
    try sign("bo")
    try place.write("ssh-keygen", "#!/bin/sh\ntouch was-run\nexec /usr/bin/ssh-keygen \"$@\"\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.path("ssh-keygen"))
    for path in [":/usr/bin:/bin", ".:/usr/bin:/bin", "bin/..:/usr/bin:/bin"] {
      place.environment["PATH"] = path
      let result = try place.imprune(
        ["approve", token, "--verify", "--signature", "anna.sig", "--signature", "bo.sig"] + policy)
      #expect(result.code == 0, "\(result)")
    }
    #expect(!place.exists("was-run"))
  }

  @Test func `a temporary folder in which others could exchange files is not used`() throws {
    try sign("anna")
    try sign("bo")
    try place.makeFolder("open")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: place.path("open"))
    place.environment["TMPDIR"] = place.path("open")
    let result = try apply("anna.sig", "bo.sig")
    #expect(result.code == 1, "\(result)")
    #expect(result.error.contains("keep a private copy in"))
    #expect(try sandbox.counters().removed == 0)
  }

  // MARK: - ssh-keygen

  /// Runs an apply with another ssh-keygen.
  private func apply(with program: String?) throws -> ProcessResult {
    try place.makeFolder("bin")
    if let program {
      try place.write("bin/ssh-keygen", "#!/bin/sh\n" + program)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: place.path("bin/ssh-keygen"))
    }
    let process = try place.start(
      ["apply", "--approve", token, "--signature", "anna.sig", "--signature", "bo.sig"] + policy,
      environment: ["PATH": place.path("bin")])
    return place.end(process)
  }

  @Test func `without a usable ssh-keygen nothing is approved`() throws {
    try sign("anna")
    try sign("bo")
    try expectRefused(apply(with: nil), "ssh-keygen cannot be run", "8.2 or newer", code: 1)
    for words in [
      "Unsupported operation for -Y: \"find-principals\"", "unknown option -- Y",
    ] {
      try expectRefused(
        apply(with: "echo '\(words)' >&2; exit 1"), "ssh-keygen is too old", code: 1)
    }
    try expectRefused(
      apply(with: "echo 'No user exists for uid 12345' >&2; exit 1"), "ssh-keygen failed",
      "Its message: No user exists for uid 12345.", code: 1)
    // One that says yes to everything, without saying to what.
    let support = "[ $# = 2 ] && { echo 'Too few arguments for find-principals' >&2; exit 1; }\n"
    for answer in [
      "exit 0", "echo anna", "echo 'Good \"imprune-plan\" signature for anna with ED25519 key'",
      "kill -9 $$", "while :; do echo anna; done",
    ] {
      try expectRefused(apply(with: support + answer), "a signature approves nothing")
    }
  }
}
