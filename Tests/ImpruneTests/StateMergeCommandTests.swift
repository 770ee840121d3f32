import Foundation
import PruneCore
import TestSupport
import Testing

/// `state merge` on the built tool, by hand and as git's merge driver.
@Suite final class StateMergeCommandTests: StateWorkspace {
  private static let added = "new\tremove-account\t1\tremoved\t\(end)\t-\t-\t-\t-"

  @Test func `state merge merges into the first state, and a dry run shows how`() throws {
    try place.write("base.state", StateFixture(records: Self.records).text)
    var theirs = Self.records
    theirs.removeFirst()
    theirs[1] = "done\tremove-account\t2\tremoved\t\(Self.end)\t-\t-\t-\t-"
    theirs.insert(Self.added, at: 3)
    theirs.sort()
    try place.write("theirs.state", StateFixture(serial: "9", records: theirs).text)
    let before = try place.bytes("imprune.state")
    let merge = "merge base.state imprune.state theirs.state"
    try place.expect("state-merge-dry-run", try state(merge + " --dry-run"))
    #expect(try place.bytes("imprune.state") == before)
    #expect(!place.exists("imprune.state.lock"))

    try place.expect("state-merge", try state(merge))
    #expect(try place.text("imprune.state").contains("serial\t10\n"))
    #expect(try place.bytes("imprune.state.backup-3") == before)
    #expect(try state("verify").code == 0)
    #expect(
      try place.doneRecords() == [
        "both remove-account - - unknown", "done remove-account 2 removed -",
        "failed remove-account - - failed(70402)", "new remove-account 1 removed -",
        "user_0000001 remove-account - - unknown",
      ])
  }

  @Test func `mismatched states are not merged`() throws {
    try place.write("empty", "")
    for (name, fixture, what) in [
      ("app", StateFixture(app: "7"), "app"),
      ("service", StateFixture(service: "live"), "kind of service"),
      ("lineage", StateFixture(lineage: "0000000000000001"), "lineage"),
    ] {
      try place.write(name, fixture.text)
      try expectRefused(
        "merge empty imprune.state \(name)", "imprune cannot merge \(name)", "Its \(what) differs")
      try expectRefused("merge \(name) imprune.state imprune.state", "Its \(what) differs")
    }
    try place.write("damaged", StateFixture().text.replacing("serial\t3", with: "serial\t4"))
    try expectRefused("merge empty imprune.state damaged", "cannot use the state damaged")
    try expectRefused("merge empty imprune.state nowhere", "there is no state at nowhere")
    try place.write("imprune.state.journal", Array(try JournalFixture.lines().joined()))
    try expectRefused("merge empty imprune.state imprune.state", "imprune state recover")
  }

  /// Runs git without this machine's settings.
  private func git(_ words: String...) throws -> ProcessResult {
    let settings = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    let process = try ChildProcess(
      "/usr/bin/git", settings + words, in: place.folder,
      environment: ["PATH": "/usr/bin:/bin", "HOME": place.folder, "GIT_CONFIG_NOSYSTEM": "1"])
    return process.end()
  }

  /// A repository whose states imprune merges, with one commit.
  private func makeRepository() throws {
    #expect(try git("init", "-q", "-b", "main").code == 0)
    try place.write(".gitattributes", "*.state -text merge=imprune\n")
    _ = try git("config", "merge.imprune.driver", "'\(Built.imprune)' state merge %O %A %B")
    _ = try git("add", ".")
    #expect(try git("commit", "-qm", "one").code == 0)
  }

  private func commit(_ branch: String, _ fixture: StateFixture) throws {
    _ = try git("checkout", "-q", "-B", branch, "main")
    try place.write("imprune.state", fixture.text)
    #expect(try git("commit", "-qam", branch).code == 0)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git")))
  func `git merges the states of two branches with state merge, without leftover files`() throws {
    try makeRepository()
    try commit("left", StateFixture(serial: "4", records: Array(Self.records.dropLast())))
    var right = Self.records
    right.insert(Self.added, at: 4)
    try commit("right", StateFixture(serial: "5", records: right))
    let merge = try git("merge", "-q", "-m", "both", "left")
    #expect(merge.code == 0, "\(merge)")
    #expect(
      try place.doneRecords() == [
        "both clear-tags - - unknown", "both remove-account - - unknown",
        "done remove-account 1 removed -", "failed remove-account - - failed(70402)",
        "new remove-account 1 removed -",
      ])
    #expect(try place.text("imprune.state").contains("serial\t6\n"))
    #expect(try state("verify").code == 0)
    #expect(try git("status", "--porcelain").out == "")
    #expect(place.names.filter { $0.contains("backup") || $0.contains(".lock") } == [])
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git")))
  func `states that cannot be merged are a git conflict, and our state stays unchanged`() throws {
    try makeRepository()
    try commit("left", StateFixture(lineage: "0000000000000001"))
    let ours = StateFixture(serial: "4", records: Self.records)
    try commit("right", ours)
    #expect(try git("merge", "-q", "-m", "both", "left").code == 1)
    #expect(try place.text("imprune.state") == ours.text)
    #expect(try git("status", "--porcelain").out.contains("UU imprune.state"))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/git")))
  func `reverting a commit with removals is a conflict, and no record is lost`() throws {
    try makeRepository()
    for (serial, count) in [("4", 1), ("5", 2)] {
      let added = (1...count).map { Self.added.replacing("new", with: "new\($0)") }
      let records = Array(Self.records[..<4]) + added + Array(Self.records[4...])
      try place.write("imprune.state", StateFixture(serial: serial, records: records).text)
      #expect(try git("commit", "-qam", "record \(serial)").code == 0)
    }
    let before = try place.text("imprune.state")
    let revert = try git("revert", "--no-edit", "HEAD~1")
    #expect(revert.code == 1, "\(revert)")
    #expect(revert.text.contains("cannot merge"), "\(revert.text)")
    #expect(try place.text("imprune.state") == before)
  }

  @Test func `a state with conflict markers is reported as an unresolved merge`() throws {
    let lines = try place.text("imprune.state").components(separatedBy: "\n")
    for index in [4, 8, 12] {
      var conflict = lines
      conflict.insert("<<<<<<< HEAD", at: index)
      try place.write("imprune.state", conflict.joined(separator: "\n"))
      let plan = try place.imprune("plan")
      #expect(plan.code == 1)
      #expect(
        plan.error.replacing("\n", with: " ").contains(
          "Line \(index + 1) is a conflict marker of an unresolved merge"), "\(plan.text)")
      #expect(plan.error.contains("imprune state merge"), "\(plan.text)")
    }
  }
}
