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

  private static let access = [
    "AWS_ACCESS_KEY_ID": "imprune", "AWS_SECRET_ACCESS_KEY": "a/secret+key",
    "AWS_ENDPOINT_URL_S3": "http://\(address ?? "")",
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

  private func start(_ arguments: [String]) throws -> ChildProcess {
    try place.start(arguments + ["--state", state], environment: Self.access)
  }

  private func run(_ arguments: String...) throws -> ProcessResult {
    try place.end(start(arguments))
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
}
