import Foundation
import PruneCore
import TestSupport
import Testing

/// `state repair` on the built tool.
@Suite final class StateRepairCommandTests: StateWorkspace {
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
        "state repair --state imprune.state")
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
