import Bytes
import Foundation
import PruneCore
import TestSupport
import Testing

/// `imprune tags restore`: users get the tags back that a run cleared.
@Suite struct TagsRestoreTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private func sandbox(_ options: String...) throws -> Sandbox {
    try Sandbox(
      [
        "--users", "300", "--tags-per-user", "1-23", "--edition", "ultimate", "--enabled",
        "tag_push,account_deletion",
      ] + options)
  }

  /// A manifest that clears these users.
  private func clear(
    _ users: ClosedRange<Int>, at sandbox: Sandbox, api: String = "all_member_push"
  ) throws {
    try place.write("movers.txt", madeIDs(users).joined(separator: "\n") + "\n")
    let manifest = manifestText(
      port: sandbox.port, users: "  - {ids_from: movers.txt, tags: []}")
    try place.write(
      "imprune.yaml", manifest.replacing("guards:", with: "  tags_api: \(api)\nguards:"))
    if !place.exists("imprune.state") { #expect(try place.imprune("init").code == 0) }
  }

  /// The manifest does not ask for the clears any more.
  private func askForNoOne(at sandbox: Sandbox) throws {
    try place.write("imprune.yaml", manifestText(port: sandbox.port, users: "  []"))
  }

  /// Restores tags as if the state was saved a while ago; else a restore waits.
  private func restore(_ words: String...) throws -> ProcessResult { try restore(words) }

  private func restore(_ words: [String]) throws -> ProcessResult {
    try place.age("imprune.state", seconds: 20)
    return try place.imprune(["tags", "restore"] + words)
  }

  private var tagFiles: [String] {
    place.names.filter { $0.hasPrefix("imprune.state.tags-") }.sorted()
  }

  private func tags(_ sandbox: Sandbox) throws -> [String: [String]] {
    try sandbox.tags().mapValues { $0.sorted() }
  }

  @Test(arguments: ["all_member_push", "timpush"])
  func `cleared users get their tags back, to the tag`(api: String) throws {
    let sandbox = try sandbox()
    let before = try tags(sandbox)
    try clear(1...250, at: sandbox, api: api)
    #expect(try place.imprune("apply", "--auto-approve", "--rate", "100").code == 0)
    #expect(try sandbox.tagged() == madeIDs(251...300))
    let file = try #require(tagFiles.first)

    let refused = try restore(file)
    #expect(refused.code == 4)
    #expect(refused.error.contains("still asks to clear 250 of these users"))
    #expect(refused.error.contains("user_0000001, movers.txt:1."))

    let asked = try restore(file, "--reopen")
    #expect(asked.code == 5)
    let dry = try restore(file, "--reopen", "--dry-run")
    #expect(dry.code == 0)
    #expect(dry.out.contains("250 to restore"))
    #expect(try sandbox.tagged() == madeIDs(251...300))
    #expect(try place.imprune("plan").out.contains("No changes."))

    let restored = try restore(file, "--reopen", "--auto-approve", "--rate", "100")
    #expect(restored.code == 0, "\(restored.text)")
    #expect(restored.out.contains("Restore complete! 250 restored."))
    #expect(try tags(sandbox) == before)
    // The state has forgotten the clears, so the plan has them again.
    #expect(try place.imprune("plan").out.contains("250 to clear"))
    let again = try restore(file, "--reopen", "--auto-approve")
    #expect(again.code == 0 && again.out.contains("250 with all of them"))
    try place.expectNoSecrets()
  }

  @Test func `some users alone are restored, without a change of the state`() throws {
    let sandbox = try sandbox()
    let before = try tags(sandbox)
    try clear(1...30, at: sandbox)
    #expect(try place.imprune("apply", "--auto-approve", "--rate", "100").code == 0)
    let file = try #require(tagFiles.first)
    try askForNoOne(at: sandbox)
    let state = try place.bytes("imprune.state")
    let restored = try restore(file, "user_0000003", "user_0000023", "--auto-approve")
    #expect(restored.code == 0, "\(restored.text)")
    #expect(try place.bytes("imprune.state") == state)
    let after = try tags(sandbox)
    for id in ["user_0000003", "user_0000023"] { #expect(after[id] == before[id]) }
    #expect(try sandbox.tagged().count == 272)
    let unknown = try restore(file, "user_0000031", "--auto-approve")
    #expect(unknown.code == 1 && unknown.error.contains("does not have user_0000031"))
  }

  @Test func `a tag file that does not fit sends nothing`() throws {
    let sandbox = try sandbox()
    try clear(1...3, at: sandbox)
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    let file = try #require(tagFiles.first)
    try askForNoOne(at: sandbox)
    let calls = try sandbox.counters().calls.count
    let bytes = try place.bytes(file)

    func expect(_ words: String, code: Int32 = 1, _ file: String, _ flags: String...) throws {
      let result = try restore([file, "--auto-approve"] + flags)
      #expect(result.code == code, "\(result.text)")
      #expect(result.error.contains(words), "\(result.text)")
    }
    try expect("imprune cannot read the tag file", "missing")
    try expect("not the header of an imprune tag file", "imprune.yaml")
    try place.write("damaged", bytes.enumerated().map { $0 == bytes.count / 2 ? 33 : $1 })
    try expect("is damaged", "damaged")
    // Of another lineage.
    #expect(try place.imprune("init", "--state", "other.state").code == 0)
    try expect("The lineage of", file, "--state", "other.state")
    // Of the other family of calls.
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  []")
        .replacing("guards:", with: "  tags_api: timpush\nguards:"))
    try expect("other family of tag calls", file)
    #expect(try sandbox.counters().calls.count == calls)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `a signal stops a restore, and the next one finishes it`(signal: Int32) throws {
    let sandbox = try sandbox("--latency", "50")
    let before = try tags(sandbox)
    try clear(1...250, at: sandbox)
    #expect(try place.imprune("apply", "--auto-approve", "--rate", "100").code == 0)
    let file = try #require(tagFiles.first)
    try askForNoOne(at: sandbox)
    try place.age("imprune.state", seconds: 20)
    let run = try place.start("tags", "restore", file, "--auto-approve", "--rate", "2")
    #expect(try eventually { try sandbox.counters().taken("im_add_tag") >= 2 })
    run.signal(signal)
    let stopped = place.end(run)
    #expect(stopped.code == 128 + signal, "\(stopped.text)")
    #expect(stopped.out.contains("Restore stopped: imprune received"))
    #expect(try tags(sandbox) != before)
    #expect(try restore(file, "--auto-approve", "--rate", "100").code == 0)
    #expect(try tags(sandbox) == before)
  }

  @Test func `users who have their tags already are reopened too`() throws {
    let sandbox = try sandbox()
    try clear(1...3, at: sandbox)
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    let file = try #require(tagFiles.first)
    try askForNoOne(at: sandbox)
    #expect(try restore(file, "--auto-approve").code == 0)
    try clear(1...3, at: sandbox)
    #expect(try place.imprune("plan").out.contains("No changes."))
    #expect(try restore(file, "--reopen").code == 5)
    #expect(try restore(file, "--reopen", "--auto-approve").code == 0)
    #expect(try place.imprune("plan").out.contains("3 to clear"))
  }

  @Test func `one user with too many tags does not stop the others of a call`() throws {
    let sandbox = try sandbox()
    let before = try tags(sandbox)
    try clear(1...30, at: sandbox)
    #expect(try place.imprune("apply", "--auto-approve", "--rate", "100").code == 0)
    let file = try #require(tagFiles.first)
    try askForNoOne(at: sandbox)
    // 95 tags of somebody else, ten at a time.
    let reader = try TagFileReader(ByteSource(place.bytes(file)))
    var other: [UInt8] = []
    reader.header.append(to: &other)
    SavedTags(
      id: try #require(UserID("user_0000020")),
      tags: (1...95).map { Tag(Array("other \($0)".utf8)) },
      time: Timestamp(seconds: 1_795_232_473)
    ).append(to: &other)
    try place.write("other", other)
    #expect(
      try restore("other", "--auto-approve", "--rate", "100").code == 0)
    let merged = try restore(file, "--merge", "--auto-approve", "--rate", "100")
    #expect(merged.code == 3, "\(merged.text)")
    #expect(merged.out.contains("29 restored, 1 failed"), "\(merged.text)")
    let after = try tags(sandbox)
    for id in madeIDs(1...30) where id != "user_0000020" { #expect(after[id] == before[id]) }
  }

  @Test func `users who cannot be read are no success`() throws {
    let sandbox = try sandbox()
    try clear(1...3, at: sandbox)
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    let file = try #require(tagFiles.first)
    // The app has lost the feature.
    let other = try Sandbox(["--users", "300", "--edition", "ultimate"])
    try askForNoOne(at: other)
    for flags in [["--auto-approve"], ["--dry-run"]] {
      let result = try restore([file] + flags)
      #expect(result.code == 1, "\(result.text)")
      #expect(result.error.contains("imprune could not read 3 users"), "\(result.text)")
    }
  }

  @Test func `users with other tags are left alone, and those who are gone`() throws {
    let sandbox = try sandbox()
    try clear(1...5, at: sandbox)
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    let file = try #require(tagFiles.first)
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {id: user_0000001, account: absent}"))
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    // A file with another tag stands for somebody who tags the user.
    let reader = try TagFileReader(ByteSource(place.bytes(file)))
    var other: [UInt8] = []
    reader.header.append(to: &other)
    SavedTags(
      id: try #require(UserID("user_0000002")), tags: [Tag(Array("new".utf8))],
      time: Timestamp(seconds: 1_795_232_473)
    ).append(to: &other)
    try place.write("other", other)
    #expect(try restore("other", "--auto-approve").code == 0)
    let restored = try restore(file, "--auto-approve")
    #expect(restored.code == 0, "\(restored.text)")
    #expect(
      restored.out.contains("user_0000001  imprune has removed the account: left alone"),
      "\(restored.text)")
    #expect(
      restored.out.contains(
        "user_0000002  has other tags now (--merge adds the saved ones): left alone"))
    #expect(restored.out.contains("Restore complete! 3 restored, 2 left alone."))
    let named = try restore(file, "user_0000002", "--auto-approve")
    #expect(named.code == 1 && named.error.contains("1 user that you named"), "\(named.text)")
    #expect(try tags(sandbox)["user_0000002"] == ["new"])
    let merged = try restore(file, "--merge", "--auto-approve")
    #expect(merged.code == 0, "\(merged.text)")
    #expect(try tags(sandbox)["user_0000002"] == ["new", "tag_002", "tag_003"])
  }

  @Test func `a clear and a restore through kills and faults lose no tag`() throws {
    let sandbox = try Sandbox([
      "--users", "5000", "--tags-per-user", "1-23", "--edition", "ultimate", "--enabled",
      "tag_push,account_deletion", "--fault-odds", "0.05", "--seed", "3",
    ])
    let before = try tags(sandbox)
    try clear(1...5000, at: sandbox)
    try repeatThroughKills(sandbox, kills: 10) { ["apply", "--auto-approve", "--rate", "20"] }
    #expect(try sandbox.tagged().isEmpty)
    try askForNoOne(at: sandbox)
    #expect(tagFiles.count > 3)
    try place.age("imprune.state", seconds: 20)
    for file in tagFiles {
      // A user may be in several files.
      try repeatThroughKills(sandbox, kills: 2) {
        ["tags", "restore", file, "--merge", "--auto-approve", "--rate", "50"]
      }
    }
    #expect(try tags(sandbox) == before)
    try place.expectNoSecrets()
  }

  /// Runs a command until it succeeds, and kills it the first times.
  private func repeatThroughKills(
    _ sandbox: Sandbox, kills: Int, _ words: () -> [String]
  ) throws {
    func calls() throws -> Int { try sandbox.counters().calls.values.reduce(0) { $0 + $1.total } }
    for kill in 0..<kills {
      let before = try calls()
      let run = try place.start(words())
      // One more call is in flight each time, at any step.
      _ = try eventually { try calls() >= before + 9 + 2 * kill || !run.isRunning }
      run.signal(SIGKILL)
      if place.end(run).code == 0 { return }
    }
    // Each run may meet faults that leave a user for the next one.
    var last: ProcessResult?
    for _ in 0..<13 where last?.code != 0 { last = try place.imprune(words()) }
    #expect(last?.code == 0, "\(last.map { $0.text.suffix(2000) } ?? "")")
  }
}
