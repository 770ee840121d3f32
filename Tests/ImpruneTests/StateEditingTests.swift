import Foundation
import PruneCore
import TestSupport
import Testing

/// `state resolve`, `forget`, `merge` and `repair` on the built tool.
@Suite struct StateEditingTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
    try place.write("imprune.state", StateFixture(records: Self.records).text)
    try writeManifest()
  }

  private static let end = "2026-01-02T03:04:05Z\t0123456789ab"
  private static let records = [
    "both\tclear-tags\t-\t-\t-\t-\t1\tunknown\t\(end)",
    "both\tremove-account\t-\t-\t-\t-\t1\tunknown\t\(end)",
    "done\tremove-account\t1\tremoved\t\(end)\t-\t-\t-\t-",
    "failed\tremove-account\t-\t-\t-\t-\t1\tfailed(70402)\t\(end)",
    "user_0000001\tremove-account\t-\t-\t-\t-\t1\tunknown\t\(end)",
  ]
  private static let files = ["imprune.state", "imprune.yaml"]

  private func writeManifest(port: Int = 9) throws {
    try place.write(
      "imprune.yaml",
      manifestText(
        port: port, edition: "trial", enabled: "",
        users: "  - {ids: [done, user_0000001], account: absent}"))
  }

  /// Runs `state` with the words of a command line.
  private func state(_ words: String, input: FileHandle? = nil) throws -> ProcessResult {
    let words = words.split(separator: " ").map(String.init)
    let process = try ChildProcess(
      Built.imprune, ["state"] + words, in: place.folder, environment: place.environment,
      input: input)
    return place.end(process)
  }

  /// Checks that a run had this exit code, printed these words as an error, and changed only the
  /// lock file.
  private func expectRefused(
    _ words: String, code: Int32 = 1, _ said: String..., input: FileHandle? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    func content() -> [String: [UInt8]] {
      let names = place.names.filter { !$0.hasSuffix(".lock") }
      return Dictionary(uniqueKeysWithValues: names.map { ($0, (try? place.bytes($0)) ?? []) })
    }
    let before = content()
    let result = try state(words, input: input)
    #expect(result.code == code, sourceLocation: sourceLocation)
    for said in said {
      #expect(result.error.contains(said), "\(result.error)", sourceLocation: sourceLocation)
    }
    #expect(content() == before, sourceLocation: sourceLocation)
  }

  private func mode(_ name: String) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path(name))
    return attributes[.posixPermissions] as? Int
  }

  // MARK: - A mismatched journal

  @Test func `a journal that does not match its state is reported, and merged on request`() throws {
    try place.write("imprune.state", StateFixture(serial: "9", records: Self.records).text)
    try place.write("imprune.state.journal", Array(try JournalFixture.lines().joined()))
    for result in [try place.imprune("plan"), try state("recover")] {
      #expect(result.code == 1)
      let error = result.error.replacing("\n", with: " ")
      for said in [
        "imprune.state.journal", "started from serial 3", "the state has serial 9",
        "imprune state recover --merge",
      ] {
        #expect(error.contains(said), "\(result.text)")
      }
    }
    let merged = try state("recover --merge")
    #expect(merged.code == 0, "\(merged.text)")
    #expect(merged.out == "Folded 2 records from the journal into imprune.state.\n")
    #expect(!place.exists("imprune.state.journal"))
    #expect(try place.doneRecords().contains("late remove-account 1 removed -"))
    // Revision 1 was done before, and revision 2 was sent.
    #expect(try place.doneRecords().contains("done remove-account 1 removed unknown"))
  }

  @Test func `a state with two names is refused with a remedy`() throws {
    try place.hardLink("other.state", to: "imprune.state")
    let result = try place.imprune("plan")
    #expect(result.code == 1)
    #expect(result.error.contains("imprune.state"), "\(result.text)")
    #expect(result.error.contains("2 hard links"), "\(result.text)")
    #expect(result.error.contains("Replace this link by a copy"), "\(result.text)")
  }

  @Test func `a plan reports unusual properties of the state's files`() throws {
    try place.move("imprune.state", to: "real.state")
    try place.link("imprune.state", to: "real.state")
    try place.write("real.state.journal", Array(try JournalFixture.lines().joined()))
    let plan = try place.imprune("plan", "--markdown-out", "c.md", "--json-out", "p.json")
    #expect(plan.code == 0, "\(plan.text)")
    let (markdown, json) = (try place.text("c.md"), try place.text("p.json"))
    for words in [
      "the state imprune.state is a link", "this plan includes the outcomes in its journal",
    ] {
      #expect(markdown.contains("- **Warning:** "))
      #expect(markdown.contains(words), "\(markdown)")
    }
    for code in ["linked-state", "journal"] {
      #expect(json.contains("\"code\": \"\(code)\""), "\(json)")
    }
    #expect(plan.error.contains("the state imprune.state is a link"), "\(plan.text)")
    #expect(
      plan.error.contains("is in progress or was interrupted. This plan includes"), "\(plan.text)")
  }

  // MARK: - resolve

  @Test func `state resolve resolves a user and keeps the old state as a backup`() throws {
    let before = try place.bytes("imprune.state")
    try place.expect(
      "state-resolve-dry-run", try state("resolve user_0000001 both --as removed --dry-run"))
    #expect(place.names == Self.files)
    #expect(try place.bytes("imprune.state") == before)

    try place.expect("state-resolve", try state("resolve user_0000001 both --as removed"))
    #expect(
      try place.doneRecords() == [
        "both clear-tags - - unknown", "both remove-account 1 removed -",
        "done remove-account 1 removed -", "failed remove-account - - failed(70402)",
        "user_0000001 remove-account 1 removed -",
      ])
    #expect(try place.text("imprune.state").contains("serial\t4\n"))
    #expect(try state("verify").code == 0)
    #expect(try place.bytes("imprune.state.backup-3") == before)
    #expect(try mode("imprune.state.backup-3") == 0o600)
    let plan = try place.imprune("plan")
    #expect(plan.code == 0)
    #expect(!plan.out.contains("user_0000001"))
  }

  @Test func `the next apply sends users resolved as open`() throws {
    let sandbox = try Sandbox(["--users", "2"])
    try writeManifest(port: sandbox.port)
    // The account exists, and the call was too long ago: it may be another person.
    let first = try place.imprune("apply", "--auto-approve")
    #expect(first.code == 3)
    #expect(first.out.contains("imprune state resolve ID --as removed"))
    #expect(try sandbox.users().count == 2)
    #expect(try state("resolve user_0000001 --as open").code == 0)
    #expect(try state("resolve both --as open --operation clear-tags").code == 0)
    let second = try place.imprune("apply", "--auto-approve")
    #expect(second.out.contains("- remove  user_0000001"))
    #expect(second.code == 0)
    #expect(try sandbox.users() == ["user_0000002"])
  }

  @Test func `a backup never overwrites another backup`() throws {
    let before = try place.bytes("imprune.state")
    try place.write("imprune.state.backup-3", "mine")
    try place.write("imprune.state.backup-3-2", "mine too")
    #expect(try state("resolve user_0000001 --as removed").code == 0)
    #expect(try place.text("imprune.state.backup-3") == "mine")
    #expect(try place.text("imprune.state.backup-3-2") == "mine too")
    #expect(try place.bytes("imprune.state.backup-3-3") == before)
  }

  @Test func `imprune replaces nothing if it cannot make a backup`() throws {
    // Room for the lock's text about its holder, and not for a copy of the state.
    let before = try place.bytes("imprune.state")
    for words in [
      ["resolve", "user_0000001", "--as", "removed"], ["forget", "done", "--auto-approve"],
    ] {
      let process = try ChildProcess(
        "/usr/bin/prlimit", ["--fsize=256", Built.imprune, "state"] + words, in: place.folder)
      let result = place.end(process)
      #expect(result.code == 1)
      #expect(result.error.contains("File too large"), "\(result.text)")
      #expect(try place.bytes("imprune.state") == before)
      #expect(!place.names.contains { $0.contains("backup") })
    }
  }

  @Test func `a state command folds a leftover journal first`() throws {
    try place.write("imprune.state.journal", Array(try JournalFixture.lines().joined()))
    let dry = try state("resolve done --as removed --dry-run")
    #expect(dry.out.hasPrefix("  done  remove-account  removed, revision 1"))
    #expect(place.names == ["imprune.state", "imprune.state.journal", "imprune.yaml"])
    let result = try state("resolve done --as removed")
    #expect(result.code == 0)
    #expect(result.error.contains("replayed its journal (2 records)"))
    let records = try place.doneRecords()
    #expect(records.contains("done remove-account 2 removed -"))
    #expect(records.contains("late remove-account 1 removed -"))
    #expect(!place.exists("imprune.state.journal"))
    #expect(place.exists("imprune.state.backup-4"))
  }

  @Test func `state resolve accepts only unknown users, and all of them or none`() throws {
    try expectRefused(
      "resolve user_0000001 done failed nobody --as removed",
      "remove-account of done is not unknown; the state has: remove-account removed.",
      "remove-account of failed is not unknown; the state has: remove-account failed(70402).",
      "The state has no record of nobody.")
    try expectRefused(
      "resolve both --as open", "Both operations of both are unknown", "--operation")
    try expectRefused(
      "resolve user_0000001 --as cleared", "clear-tags of user_0000001 is not unknown")
    try expectRefused(
      "resolve both --as removed --operation clear-tags", code: 64, "contradict each other")
    try expectRefused("resolve both --as gone", code: 64, "gone")
    try expectRefused("resolve --as open", code: 64, "<ids>")
    try expectRefused(
      "resolve \(String(repeating: "x", count: 33)) --as open", code: 64, "1 to 32 bytes")
  }

  @Test(arguments: [
    "resolve user_0000001 --as removed", "forget done --auto-approve", "repair",
    "merge /dev/null imprune.state imprune.state",
  ])
  func `state commands do nothing while a run holds the lock`(words: String) throws {
    try place.write("imprune.state.lock", "pid 1 on there, imprune apply, since then\n")
    let holder = try #require(FileHandle(forReadingAtPath: place.path("imprune.state.lock")))
    #expect(flock(holder.fileDescriptor, LOCK_EX) == 0)
    try expectRefused(words, code: 6, "pid 1 on there, imprune apply")
    #expect(try place.text("imprune.state.lock").hasPrefix("pid 1 on there"))
  }

  // MARK: - forget

  @Test func `state forget needs a typed confirmation or a flag`() throws {
    try expectRefused("forget done", code: 5, "--auto-approve")
    let terminal = try Terminal()
    terminal.type("1400000000/2\n")
    try expectRefused("forget done", code: 5, "not approved", input: terminal.inside)
    terminal.type("1400000000/1\n")
    let result = try state("forget done", input: terminal.inside)
    #expect(result.code == 0)
    #expect(result.error.contains("type the app id and the number of records"))
    #expect(try place.doneRecords().contains { $0.hasPrefix("done ") } == false)
  }

  @Test func `forgotten users are planned again, and the output says so`() throws {
    try place.expect("state-forget-dry-run", try state("forget done both --dry-run"))
    #expect(place.names == Self.files)
    #expect(!(try place.imprune("plan")).out.contains("- remove  done"))
    try place.expect("state-forget", try state("forget done both --auto-approve"))
    #expect(
      try place.doneRecords() == [
        "failed remove-account - - failed(70402)", "user_0000001 remove-account - - unknown",
      ])
    #expect(try place.imprune("plan").out.contains("- remove          done"))
    try expectRefused("forget done failed --auto-approve", "The state has no record of done.")
  }

  @Test func `state forget ends the approval of an unfinished plan`() throws {
    let digest = String(repeating: "0a", count: 32)
    try place.write(
      "imprune.state",
      StateFixture(unfinished: "\(digest) 0123456789ab", records: Self.records).text)
    #expect(try state("resolve user_0000001 --as open").code == 0)
    #expect(try place.text("imprune.state").contains("unfinished\t\(digest) 0123456789ab\n"))
    #expect(try state("forget done --auto-approve").code == 0)
    #expect(try place.text("imprune.state").contains("unfinished\t-\n"))
  }

  // MARK: - merge

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
      let records = Self.records[..<4] + added + Self.records[4...]
      try place.write("imprune.state", StateFixture(serial: serial, records: Array(records)).text)
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

  // MARK: - repair

  @Test
  func `a damaged state is refused with a remedy, and state repair keeps its readable records`()
    throws
  {
    let damaged = try place.text("imprune.state").replacing("failed(", with: "fa led(")
    try place.write("imprune.state", damaged)
    for words in [["plan"], ["apply", "--auto-approve"], ["state", "list"]] {
      let result = try ChildProcess(
        Built.imprune, words, in: place.folder, environment: place.environment
      ).end()
      #expect(result.code == 1)
      #expect(result.error.contains("Line 11 is not a record"))
      #expect(result.error.contains("`imprune state repair --state imprune.state --dry-run`"))
    }
    try place.remove("imprune.state.lock")
    try place.expect("state-repair-dry-run", try state("repair --dry-run"))
    #expect(place.names == Self.files)
    #expect(try place.text("imprune.state") == damaged)
    try place.expect("state-repair", try state("repair"))
    #expect(try place.text("imprune.state.backup-3") == damaged)
    #expect(try state("verify").code == 0)
    #expect(
      try place.doneRecords() == [
        "both clear-tags - - unknown", "both remove-account - - unknown",
        "done remove-account 1 removed -", "user_0000001 remove-account - - unknown",
      ])
    let again = try state("repair")
    #expect(again.out.contains("Nothing to repair"))
    #expect(again.code == 0)
    #expect(!place.exists("imprune.state.backup-4"))
  }

  @Test
  func `state repair marks users of a damaged journal unknown unless it can read their outcome`()
    throws
  {
    var lines = try JournalFixture.lines()
    lines[3][20] ^= 1
    // The damage is not at the end, where it could be the result of a crash.
    lines.append(lines[1])
    let journal = Array(lines.joined())
    try place.write("imprune.state.journal", journal)
    let before = try place.bytes("imprune.state")
    for words in ["recover", "list", "resolve both --as removed"] {
      try expectRefused(
        words, "Line 4 of the journal is damaged",
        "state repair --state \(place.path("imprune.state"))")
    }
    try place.expect("state-repair-journal-dry-run", try state("repair --dry-run"))
    #expect(
      place.names == [
        "imprune.state", "imprune.state.journal", "imprune.state.lock", "imprune.yaml",
      ])
    try place.expect("state-repair-journal", try state("repair"))
    #expect(try place.bytes("imprune.state.backup-3") == before)
    #expect(try place.bytes("imprune.state.journal.backup-3") == journal)
    #expect(!place.exists("imprune.state.journal"))
    let records = try place.doneRecords()
    #expect(records.contains("done remove-account 1 removed unknown"))
    #expect(records.contains("late remove-account - - unknown"))
    #expect(records.count == Self.records.count + 1)
    #expect(try state("verify").code == 0)
  }

  @Test func `state repair combines a damaged state with its undamaged journal`() throws {
    try place.write("imprune.state.journal", Array(try JournalFixture.lines().joined()))
    try place.write(
      "imprune.state", try place.text("imprune.state").replacing("records\t5", with: "records\t9"))
    let result = try state("repair")
    #expect(result.code == 0)
    #expect(result.out.contains("4 records of 9 missing without a trace."))
    #expect(try place.doneRecords().contains("late remove-account 1 removed -"))
    #expect(!place.exists("imprune.state.journal"))
    #expect(place.exists("imprune.state.journal.backup-3"))
  }

  @Test func `a state with the highest serial can be lowered by hand and repaired`() throws {
    let highest = "\(Int64.max)"
    let state = StateFixture(serial: highest, records: Self.records).text
    try place.write("imprune.state", state)
    let way = "edit the `serial` line to a lower number"
    try expectRefused("resolve user_0000001 --as open", way)
    try expectRefused("forget done --auto-approve", way)
    try place.write("imprune.state.journal", Array(try JournalFixture.lines().joined()))
    try expectRefused("recover --merge", way)
    try place.write("imprune.state", state.replacing("checksum\tsha", with: "checksum\tsah"))
    try expectRefused("repair", way)

    try place.write("imprune.state", state.replacing(highest, with: "17"))
    let repair = try self.state("repair")
    #expect(repair.code == 0)
    #expect(repair.out.contains("Saved imprune.state, serial 18."))
    #expect(try place.doneRecords().contains("late remove-account 1 removed -"))
    #expect(try place.doneRecords().count == Self.records.count + 1)
    #expect(!place.exists("imprune.state.journal"))
    #expect(try self.state("verify").code == 0)
  }

  @Test func `state repair leaves files alone that imprune did not write`() throws {
    try place.write("imprune.state", "users:\n  - a\n")
    try expectRefused("repair", "is not the header of an imprune state")
    try place.write("imprune.state", StateFixture().text.replacing("app\t14", with: "app\tx14"))
    try expectRefused("repair", "cannot read `app` in the header", "version control")
    try place.write("imprune.state", StateFixture(records: Self.records).text)
    try place.write("imprune.state.journal", "something else\nand more\n")
    try expectRefused("repair", "is not the header of an imprune journal")
    var lines = try JournalFixture.lines()
    lines[2][20] ^= 1
    try place.write("imprune.state.journal", Array(lines.joined()))
    try place.write("imprune.state", StateFixture(lineage: "0000000000000001").text)
    try expectRefused("repair", "the lineage differs")
  }
}
