import Foundation
import TestSupport
import Testing

/// The host and port of a real object store; `.ci/test-stores` starts one and names it.
private let address = ProcessInfo.processInfo.environment["IMPRUNE_TEST_S3"]

/// Commands on a state in a real object store.
@Suite(.enabled(if: address != nil, "needs a store; run .ci/test-stores"))
struct SharedStateCommandTests {
  private let place: TemporaryWorkspace
  private let state = "s3://imprune-tests/\(UInt64.random(in: .min ... .max))/leavers.state"

  private static let endpoint = "http://\(address ?? "")"
  private static let access = [
    "AWS_ACCESS_KEY_ID": "imprune", "AWS_SECRET_ACCESS_KEY": "a/secret+key",
    "AWS_ENDPOINT_URL_S3": endpoint,
  ]

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private func write(_ sandbox: Sandbox) throws {
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, users: "  - {ids: [user_0000001, user_0000002], account: absent}"))
  }

  private func start(
    _ arguments: [String], as access: [String: String] = access
  ) throws -> ChildProcess {
    try place.start(arguments + ["--state", state], environment: access)
  }

  private func run(_ arguments: String...) throws -> ProcessResult {
    try place.end(start(arguments))
  }

  private func run(
    _ arguments: String..., as access: [String: String]
  ) throws -> ProcessResult {
    try place.end(start(arguments, as: access))
  }

  @Test func `a state in a store is created, planned against, and read by all commands`() throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    #expect(try run("apply", "--auto-approve").code == 4)
    let apply = try run("apply", "--auto-approve", "--new-state")
    #expect(apply.code == 0, "\(apply.error)")
    #expect(try run("plan").out.contains("No changes."))
    for command in [["state", "verify"], ["state", "list"], ["refresh"], ["apply", "--dry-run"]] {
      let result = try place.end(start(command))
      #expect(result.code == 0, "\(command): \(result.error)")
      #expect(!(result.out + result.error).contains("secret+key"))
    }
    // Nothing of the state is left on this machine.
    let files = try FileManager.default.contentsOfDirectory(atPath: place.folder)
    #expect(files.allSatisfy { !$0.contains(".state") && !$0.hasPrefix("imprune-") })
  }

  @Test func `a state is pushed into a store, merged with what is there, and pulled`() throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    // Two runs on one machine; the first state is kept as an old copy.
    #expect(try place.imprune("apply", "--auto-approve", "--new-state").code == 0)
    try place.write("old.state", try place.bytes("imprune.state"))
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: "  - {ids: [user_0000001, user_0000002, user_0000003], account: absent}"))
    #expect(try place.imprune("apply", "--auto-approve").code == 0)

    let trial = try run("state", "push", "old.state", "--dry-run")
    #expect(trial.out.contains("It would get 2 records of old.state."), "\(trial.error)")
    #expect(try run("state", "list").code == 1)
    #expect(try run("state", "push", "old.state").code == 0)
    #expect(try run("plan").out.contains("user_0000003"))
    let preview = try run("state", "push", "imprune.state", "--dry-run")
    #expect(preview.out.contains("user_0000003  remove-account  no record -> removed"))
    let push = try run("state", "push", "imprune.state")
    #expect(push.out.contains("Merged: 1 record changed, 3 in total."), "\(push.error)")
    #expect(try run("plan").out.contains("No changes."))
    // An old copy takes nothing away.
    let again = try run("state", "push", "old.state")
    #expect(again.out.contains("contains every record of old.state"), "\(again.error)")
    #expect(try run("plan").out.contains("No changes."))

    let pull = try run("state", "pull", "copy.state")
    #expect(pull.out.contains("Wrote copy.state, serial "), "\(pull.error)")
    #expect(!place.exists("copy.state.journal"))
    #expect(
      try run("state", "list").out == place.imprune("state", "list", "--state", "copy.state").out)
    // A pulled state is the very bytes of the store.
    let bytes = try place.bytes("copy.state")
    let second = try run("state", "pull", "copy.state")
    #expect(second.code == 1)
    #expect(second.error.contains("copy.state exists"))
    #expect(try run("state", "pull", "other.state").code == 0)
    #expect(try place.bytes("other.state") == bytes)
  }

  @Test func `a state of another lineage, with a journal, or in use is not pushed`() throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    #expect(try place.imprune("apply", "--auto-approve", "--new-state").code == 0)
    #expect(try run("init").code == 0)
    let other = try run("state", "push", "imprune.state")
    #expect(other.code == 1)
    #expect(other.error.contains("lineage"), "\(other.error)")
    try place.write("imprune.state.journal", Array(try JournalFixture.lines().joined()))
    #expect(try run("state", "push", "imprune.state").code == 1)
    #expect(try run("state", "push", "missing.state").error.contains("no state at missing.state"))
  }

  @Test func `a pulled state has the journal of a run that has not ended`() throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
      // The first call that changes users is the precheck's.
      "--fault", "stall-before:2",
    ])
    try write(sandbox)
    let first = try start(["apply", "--auto-approve", "--new-state"])
    #expect(try eventually { try sandbox.counters().calls["account_delete"]?.total == 2 })
    let pull = try run("state", "pull", "copy.state")
    #expect(pull.code == 0, "\(pull.error)")
    #expect(pull.out.contains("Also wrote copy.state.journal: run "))
    first.signal(SIGKILL)
    _ = first.end()
    let recover = try place.imprune("state", "recover", "--state", "copy.state")
    #expect(recover.code == 0, "\(recover.error)")
    let list = try place.imprune("state", "list", "--state", "copy.state")
    #expect(list.out.contains("user_0000001"))
    #expect(list.out.contains("unknown"))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a signal at the approval prompt releases the state and removes its copy`(
    signal: Int32
  ) throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    #expect(try run("init").code == 0)
    try place.makeFolder("scratch")
    let terminal = try Terminal()
    let process = try ChildProcess(
      Built.imprune, ["apply", "--state", state], in: place.folder,
      environment: place.environment.merging(
        Self.access.merging(["TMPDIR": place.path("scratch")]) { $1 }
      ) { $1 }, input: terminal.inside)
    #expect(eventually { process.errorSoFar.contains("Removal cannot be undone.") })
    #expect(try !FileManager.default.contentsOfDirectory(atPath: place.path("scratch")).isEmpty)
    process.signal(signal)
    let result = place.end(process)
    // The process ends by the signal itself, as a shell expects.
    #expect(result.code == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("scratch")).isEmpty)
    let next = try run("apply", "--auto-approve")
    #expect(next.code == 0)
    #expect(!next.error.contains("Waiting up to"))
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143)), (SIGHUP, Int32(129))])
  func `a signal ends a run that sends as it does on a file, and releases the state`(
    signal: Int32, code: Int32
  ) throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion", "--latency", "1000",
    ])
    try write(sandbox)
    let process = try start(["apply", "--auto-approve", "--new-state"])
    #expect(try eventually { try sandbox.counters().calls["account_check"] != nil })
    process.signal(signal)
    let result = place.end(process)
    #expect(result.code == code, "\(result.error)")
    let next = try run("state", "recover")
    #expect(next.code == 0 && !next.error.contains("Waiting up to"), "\(next.error)")
  }

  @Test func `a second run names the run that holds the state in a store`() throws {
    let sandbox = try Sandbox(["--users", "5", "--latency", "60000"])
    try write(sandbox)
    let first = try start(["apply", "--auto-approve", "--new-state"])
    #expect(try eventually { try sandbox.counters().calls["account_check"] != nil })
    let second = try run("apply", "--auto-approve", "--new-state")
    #expect(second.code == 6)
    #expect(second.error.contains("imprune apply imprune.yaml"))
    let plan = try run("plan")
    #expect(plan.code == 0)
    first.signal(SIGKILL)
    _ = first.end()
  }

  // MARK: - Temporary credentials

  @Test(.enabled(if: StoreSession.writer != nil, "needs a session; run .ci/test-stores"))
  func `a session with its token creates a state and applies`() throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    let session = try #require(StoreSession.writer)
    let access = session.environment(endpoint: Self.endpoint)
    let created = try run("init", as: access)
    #expect(created.code == 0, "\(created.error)")
    let apply = try run("apply", "--auto-approve", as: access)
    #expect(apply.code == 0, "\(apply.error)")
    #expect(try sandbox.counters().removed == 2)
    #expect(try run("plan", as: access).out.contains("No changes."))
    try place.expectNoSecrets([Sandbox.key, session.secret, session.token])
  }

  @Test(.enabled(if: StoreSession.writer != nil, "needs a session; run .ci/test-stores"))
  func `a session without its token or with an altered one sends nothing`() throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    #expect(try run("init").code == 0)
    let session = try #require(StoreSession.writer)
    for token in [nil, session.alteredToken] {
      let access = session.environment(endpoint: Self.endpoint, token: token)
      for arguments in [["plan"], ["apply", "--auto-approve"]] {
        let result = try place.end(start(arguments, as: access))
        #expect(result.code == 1)
        #expect(
          result.error.contains(
            token == nil ? "AWS_SESSION_TOKEN is not set" : "status 403, InvalidAccessKeyId"),
          "\(result.error)")
      }
    }
    #expect(try sandbox.counters().calls.values.allSatisfy { $0.total == 0 })
  }

  @Test(.enabled(if: StoreSession.reader != nil, "needs a session; run .ci/test-stores"))
  func `a session that may only read plans and does not apply`() throws {
    let sandbox = try Sandbox([
      "--users", "5", "--edition", "ultimate", "--enabled", "account_deletion",
    ])
    try write(sandbox)
    let reader = try #require(StoreSession.reader).environment(endpoint: Self.endpoint)
    // A missing state is no refusal, since the role may list the bucket.
    let missing = try run("plan", as: reader)
    #expect(missing.code == 0 && missing.error.contains("there is no state at"), "\(missing.error)")
    #expect(try run("init").code == 0)
    for command in [["plan"], ["state", "verify"], ["state", "list"]] {
      let result = try place.end(start(command, as: reader))
      #expect(result.code == 0, "\(command): \(result.error)")
    }
    let apply = try run("apply", "--auto-approve", as: reader)
    #expect(apply.code == 1)
    #expect(apply.error.contains("status 403, AccessDenied"), "\(apply.error)")
    #expect(try sandbox.counters().calls.values.allSatisfy { $0.total == 0 })
    // The refused apply has left no trace, so the next run does not wait for it.
    #expect(try run("apply", "--auto-approve").code == 0)
  }
}
