import Foundation
import TestSupport
import Testing

/// Commands that need no network work without one: `unshare -n` gives a process not even a loopback
/// interface. They also get no credentials and no environment.
@Suite struct OfflineTests {
  /// Root can create the namespace directly; others first become root in their own namespace.
  static let unshare = geteuid() == 0 ? ["-n"] : ["-rn"]

  static func canUnshare() -> Bool {
    (try? ChildProcess("/usr/bin/unshare", unshare + ["/usr/bin/true"], in: "/"))?.end().code == 0
  }

  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  private func offline(_ words: String..., code: Int32 = 0, says: String) throws {
    let process = try ChildProcess(
      "/usr/bin/unshare", Self.unshare + [Built.imprune] + words, in: place.folder)
    let result = place.end(process)
    #expect(result.code == code, "\(words): \(result.text)")
    #expect((result.out + result.error).contains(says), "\(words): \(result.text)")
  }

  @Test(.enabled(if: canUnshare(), "this kernel lets the tests make no network namespace"))
  func `every command but apply and precheck works without a network`() throws {
    try offline(
      "init", "leavers.yaml", "--app", "1400000000", "--edition", "trial", "--region", "singapore",
      says: "leavers.state")
    try place.write(
      "imprune.yaml",
      manifestText(
        users: """
            - {ids: [a_leaver, b_leaver], account: absent}
            - {id: a_mover, tags: []}
          """
      ).replacing("endpoint: http://127.0.0.1:9", with: "region: singapore"))
    try place.write(
      "imprune.state",
      StateFixture(
        service: "live",
        records: [
          "b_leaver\tremove-account\t1\tremoved\t2026-01-01T00:00:00Z\t0000000000aa\t-\t-\t-\t-"
        ]
      ).text)
    try offline("validate", "--strict", says: "Valid.")
    try offline("plan", "--out", "plan.json", says: "1 to remove (irreversible), 1 to clear")
    try offline("plan", "--detailed-exitcode", code: 2, says: "Token: 1r-1c-")
    try offline("show", "plan.json", says: "a_leaver")
    try offline("apply", "--dry-run", says: "Dry run: 2 batches would be sent.")
    try offline("state", "list", says: "b_leaver")
    try offline("state", "show", "b_leaver", says: "removed")
    try offline("state", "verify", says: "1 record")
    try offline("state", "recover", says: "Nothing to recover")
    try offline("version", says: "imprune ")
    // Commands that need a network fail before anything is journaled.
    let state = try place.bytes("imprune.state")
    let apply = try ChildProcess(
      "/usr/bin/unshare", Self.unshare + [Built.imprune, "apply", "--auto-approve"],
      in: place.folder, environment: ["IMPRUNE_SECRET_KEY": Sandbox.key])
    #expect(place.end(apply).code == 1)
    #expect(try place.bytes("imprune.state") == state)
    #expect(!place.exists("imprune.state.journal"))
  }
}
