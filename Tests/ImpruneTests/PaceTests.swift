import TestSupport
import Testing

/// The pace of a run, from its own log of calls. Only lower bounds are checked: they hold on any
/// machine.
@Suite struct PaceTests {
  /// When the removals of an apply were sent, in nanoseconds, and how many the sandbox accepted.
  private func sends(rate: String) throws -> (times: [Int64], taken: Int) {
    let place = try TemporaryWorkspace.withKey()
    // The ramp, forty full batches, and one user alone, whose call is prepared fastest.
    let users = 11 + 40 * 100 + 1
    let sandbox = try Sandbox(["--users", "\(users)", "--rate", "0"])
    try place.write("list.txt", madeIDs(1...users).joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {ids_from: list.txt, account: absent}"))
    #expect(try place.imprune("init").code == 0)
    let apply = try place.imprune(
      "apply", "--auto-approve", "--rate", rate, "--send-log", "sends.tsv")
    #expect(apply.code == 0)
    let lines = try place.text("sends.tsv").split(separator: "\n").map {
      $0.split(separator: "\t")
    }
    let removals = lines.filter { $0[1].hasSuffix("account_delete") }
    #expect(removals.compactMap { Int($0[2]) }.reduce(0, +) == users + 1)
    return (removals.compactMap { Int64($0[0]) }, try sandbox.counters().taken("account_delete"))
  }

  @Test func `no two calls are closer than the rate allows`() throws {
    let (times, taken) = try sends(rate: "100")
    #expect(times.count == taken)
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    #expect(gaps.allSatisfy { $0 >= 10_000_000 }, "\(gaps)")
  }

  @Test func `without a rate limit every call is logged too`() throws {
    let (times, taken) = try sends(rate: "none")
    #expect(times.count == taken)
  }
}
