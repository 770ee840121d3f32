import Foundation
import PruneCore
import TestSupport
import Testing

/// `state resolve` and `forget` on the built tool, and what is unusual about the files of a state.
@Suite final class StateEditingTests: StateWorkspace {
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
      "the state `imprune.state` is a link", "this plan includes the outcomes in its journal",
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

  @Test func `state resolve settles all unknown users of a run`() throws {
    let shown = try state("show user_0000001").out
    let run = try #require(shown.split(separator: "run ").last?.prefix(12))
    let resolved = try state("resolve --run \(run) --as removed")
    #expect(resolved.code == 0, "\(resolved.error)")
    #expect(
      try place.doneRecords() == [
        "both clear-tags - - unknown", "both remove-account 1 removed -",
        "done remove-account 1 removed -", "failed remove-account - - failed(70402)",
        "user_0000001 remove-account 1 removed -",
      ])
    #expect(try state("resolve --run \(run) --as open").code == 0)
    #expect(try !state("list").out.contains("unknown"))
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
    try expectRefused("resolve --as open", code: 64, "Name users, or a run with --run.")
    try expectRefused(
      "resolve both --run 0123456789ab --as open", code: 64, "Name users or a run, not both.")
    try expectRefused("resolve --run 12 --as open", code: 64, "--run: 12 is not a run")
    try expectRefused(
      "resolve --run ffffffffffff --as open", "Run ffffffffffff has left no user unknown.")
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

  @Test(
    arguments: [
      ("resolve user_0000001 --as removed", true), ("resolve user_0000001 --as open", false),
      ("forget done --auto-approve", false),
    ])
  func `a user who may be sent again ends the approval of an unfinished plan`(
    command: String, isKept: Bool
  ) throws {
    let digest = String(repeating: "0a", count: 32)
    try place.write(
      "imprune.state",
      StateFixture(unfinished: "\(digest) 0123456789ab", records: Self.records).text)
    #expect(try state(command).code == 0)
    let kept = "unfinished\t\(digest) 0123456789ab\n"
    #expect(try place.text("imprune.state").contains(isKept ? kept : "unfinished\t-\n"))
  }
}
