import Foundation
import TestSupport
import Testing

/// A state that cannot be saved is detected before any user changes.
@Suite struct TrialSaveTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox(["--users", "3"])
    try place.write("app/imprune.yaml", text)
    #expect(try place.imprune("init", "app/imprune.yaml").code == 0)
  }

  private var text: String {
    manifestText(
      port: sandbox.port, edition: "trial", enabled: "",
      users: "  - {ids: [\(madeIDs(1...3).joined(separator: ", "))], account: absent}")
  }

  static let canMount: Bool =
    (try? ChildProcess(
      "/usr/bin/unshare", ["-m", "/bin/mount", "--bind", "/tmp", "/tmp"], in: "/"))?.end().code == 0

  @Test(.enabled(if: canMount), arguments: ["apply --auto-approve", "apply --dry-run", "precheck"])
  func `a state that is a mount point is refused before anything is sent`(
    words: String
  ) throws {
    let state = place.path("app/imprune.state")
    try place.write("volume", place.bytes("app/imprune.state"))
    let before = try place.bytes("app/imprune.state")
    let script = "mount --bind '\(place.path("volume"))' '\(state)' && exec \"$0\" \"$@\""
    let result = place.end(
      try ChildProcess(
        "/usr/bin/unshare",
        ["-m", "/bin/sh", "-c", script, Built.imprune]
          + words.split(separator: " ").map(String.init) + ["app/imprune.yaml"],
        in: place.folder, environment: place.environment))
    #expect(result.code == 1, "\(result.text)")
    #expect(result.error.contains("cannot replace the state app/imprune.state"), "\(result.text)")
    #expect(
      result.error.replacing("\n", with: " ").contains("Mount its folder, not the file."),
      "\(result.text)")
    #expect(try sandbox.counters().calls["account_delete"] == nil)
    #expect(try place.bytes("app/imprune.state") == before)
    #expect(!place.names.contains { $0.contains("rehearsal") })
  }

  @Test(arguments: ["fchmod", "fchown"])
  func `a file system without modes or owners works`(call: String) throws {
    let words = [
      "-f", "-qq", "-o", place.path("trace"), "-e", "trace=\(call)", "-e",
      "inject=\(call):error=EPERM", Built.imprune, "apply", "--auto-approve", "app/imprune.yaml",
    ]
    let result = place.end(
      try ChildProcess("/usr/bin/strace", words, in: place.folder, environment: place.environment))
    #expect(result.code == 0, "\(result.text)")
    #expect(result.out.contains("Apply complete! 3 removed"), "\(result.text)")
    #expect(try place.doneRecords("app/imprune.state").count == 3)
  }

  /// The steps of a trial save that can fail: `apply` syncs once before, for its recovery.
  private static let steps = [
    ("apply --auto-approve", "rename", 1), ("apply --auto-approve", "fsync", 2),
    ("apply --auto-approve", "fsync", 3), ("apply --dry-run", "rename", 1),
    ("apply --dry-run", "fsync", 1), ("apply --dry-run", "fsync", 2), ("precheck", "rename", 1),
    ("precheck", "fsync", 1), ("precheck", "fsync", 2),
  ]

  @Test(arguments: steps)
  func `a trial save detects a folder in which saving would fail`(
    command: String, call: String, number: Int
  ) throws {
    let words =
      [
        "-f", "-qq", "-o", place.path("trace"), "-e", "trace=\(call)", "-e",
        "inject=\(call):error=EIO:when=\(number)", Built.imprune,
      ] + command.split(separator: " ").map(String.init) + ["app/imprune.yaml"]
    let result = place.end(
      try ChildProcess("/usr/bin/strace", words, in: place.folder, environment: place.environment))
    #expect(result.code == 1, "\(result.text)")
    #expect(result.error.contains("A test write in the state's folder failed"), "\(result.text)")
    #expect(try sandbox.counters().calls["account_delete"] == nil)
    #expect(!place.names.contains { $0.contains("rehearsal") })
  }

  static let canMakeImmutable: Bool = {
    guard let place = try? TemporaryWorkspace(), (try? place.write("x", "")) != nil else {
      return false
    }
    func chattr(_ flag: String) -> Bool {
      (try? ChildProcess("/usr/bin/chattr", [flag, place.path("x")], in: "/"))?.end().code == 0
    }
    return chattr("+i") && chattr("-i")
  }()

  @Test(.enabled(if: canMakeImmutable), arguments: [["apply", "--auto-approve"], ["precheck"]])
  func `an immutable state is refused before anything is sent`(words: [String]) throws {
    func chattr(_ flag: String) throws {
      let path = place.path("app/imprune.state")
      #expect(try ChildProcess("/usr/bin/chattr", [flag, path], in: "/").end().code == 0)
    }
    try chattr("+i")
    let result = Result {
      place.end(
        try ChildProcess(
          Built.imprune, words + ["app/imprune.yaml"], in: place.folder,
          environment: place.environment))
    }
    try chattr("-i")
    try expectObstacle(result.get())
  }

  @Test(.enabled(if: geteuid() == 0 && Unprivileged.isAvailable))
  func `another user's state in a sticky folder is refused before anything is sent`() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.folder)
    for (name, mode) in [
      ("app", 0o1777), ("app/imprune.yaml", 0o644), ("app/imprune.state", 0o666),
    ] {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: place.path(name))
    }
    try place.remove("app/imprune.state.lock")
    try expectObstacle(apply(as: 60002))
  }

  private func expectObstacle(_ result: ProcessResult) throws {
    #expect(result.code == 1, "\(result.text)")
    #expect(result.error.contains("cannot replace the state app/imprune.state"), "\(result.text)")
    #expect(try sandbox.counters().calls["account_delete"] == nil)
  }

  /// Runs imprune as one of two operators who share a group.
  private func apply(as user: Int) throws -> ProcessResult {
    place.end(
      try ChildProcess(
        "/usr/bin/setpriv",
        ["--reuid=\(user)", "--regid=\(user)", "--groups=60000", Unprivileged.binary]
          + ["apply", "--auto-approve", "--accept-absent", "app/imprune.yaml"],
        in: place.folder, environment: place.environment))
  }

  @Test(.enabled(if: geteuid() == 0 && Unprivileged.isAvailable))
  func `every user who may use the state may use the lock`() throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.folder)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: place.path("app/imprune.yaml"))
    for name in ["app", "app/imprune.state", "app/imprune.state.lock"] {
      try FileManager.default.setAttributes(
        [
          .ownerAccountID: 60001, .groupOwnerAccountID: 60000,
          .posixPermissions: name == "app" ? 0o2770 : name.hasSuffix(".lock") ? 0o600 : 0o660,
        ], ofItemAtPath: place.path(name))
    }
    // The first operator's lock file is private; the second gets advice.
    let early = try apply(as: 60002)
    #expect(early.code == 1, "\(early.text)")
    #expect(early.error.contains("belongs to another user"), "\(early.text)")
    #expect(try apply(as: 60001).code == 0)
    try place.write("app/imprune.yaml", text.replacing("absent", with: "absent, revision: 2"))
    let second = try apply(as: 60002)
    #expect(second.code == 0, "\(second.text)")
    try place.write("app/imprune.yaml", text.replacing("absent", with: "absent, revision: 3"))
    #expect(try apply(as: 60001).code == 0)
  }

  @Test(.enabled(if: geteuid() == 0 && Unprivileged.isAvailable))
  func `another operator can continue after a crash`() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.folder)
    for (name, mode) in [
      ("app", 0o2770), ("app/imprune.yaml", 0o644), ("app/imprune.state", 0o660),
      ("app/imprune.state.lock", 0o660),
    ] {
      try FileManager.default.setAttributes(
        [.ownerAccountID: 60001, .groupOwnerAccountID: 60000, .posixPermissions: mode],
        ofItemAtPath: place.path(name))
    }
    // The first operator's run leaves its journal beside the state.
    let crashed = place.end(
      try ChildProcess(
        "/usr/bin/setpriv",
        [
          "--reuid=60001", "--regid=60001", "--groups=60000", "/usr/bin/strace", "-f", "-qq", "-o",
          "/dev/null", "-e", "trace=rename", "-e", "inject=rename:signal=KILL:when=2",
          Unprivileged.binary, "apply", "--auto-approve", "app/imprune.yaml",
        ], in: place.folder, environment: place.environment))
    #expect(crashed.code == nil || crashed.code == 137, "\(crashed.text)")
    #expect(place.exists("app/imprune.state.journal"))
    let second = try apply(as: 60002)
    #expect(second.code == 0, "\(second.text)")
    #expect(try place.doneRecords("app/imprune.state").count == 3)
  }

  @Test func `init warns that a new state records no earlier removal`() throws {
    try place.remove("app/imprune.state")
    let result = try place.imprune("init", "app/imprune.yaml")
    #expect(result.code == 0)
    #expect(result.error.contains("includes all 3 removals"), "\(result.text)")
  }

  @Test func `init refuses to start beside a journal`() throws {
    let state = try place.bytes("app/imprune.state")
    try place.remove("app/imprune.state")
    try place.write("app/imprune.state.journal", Array(try JournalFixture.lines().joined()))
    let result = try place.imprune("init", "app/imprune.yaml")
    #expect(result.code == 1, "\(result.text)")
    #expect(result.error.contains("imprune state recover"), "\(result.text)")
    #expect(!place.exists("app/imprune.state"))
    try place.write("app/imprune.state", state)
    #expect(try place.imprune("init", "app/imprune.yaml").code == 0)
  }

  // MARK: - States in another form

  @Test(arguments: ["\r\n", "\u{FEFF}"])
  func `a state rewritten by an editor or git is reported and can be repaired`(form: String) throws
  {
    try place.write("app/imprune.state", StateFixture(records: [Self.record]).text)
    let before = try place.text("app/imprune.state")
    let isMark = form == "\u{FEFF}"
    try place.write(
      "app/imprune.state", isMark ? form + before : before.replacing("\n", with: form))
    let plan = try place.imprune("plan", "app/imprune.yaml")
    #expect(plan.code == 1)
    #expect(
      plan.error.contains(isMark ? "byte order mark" : "The lines end with CR LF"),
      "\(plan.text)")
    let repair = try place.imprune("state", "repair", "--state", "app/imprune.state")
    #expect(repair.code == 0, "\(repair.text)")
    #expect(!repair.out.contains("Lost"), "\(repair.text)")
    #expect(try place.imprune("plan", "app/imprune.yaml").code == 0)
    #expect(
      try place.doneRecords("app/imprune.state") == ["user_0000001 remove-account 1 removed -"])
  }

  private static let record =
    "user_0000001\tremove-account\t1\tremoved\t2026-01-02T03:04:05Z\t0000000000aa\t-\t-\t-\t-"
}
