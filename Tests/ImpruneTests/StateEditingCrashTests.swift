import Foundation
import TestSupport
import Testing

/// The commands that repair a state, killed or failed by the kernel at every write, sync, rename
/// and unlink: the complete old state or the new one remains, and repeating the command repairs the
/// rest.
///
/// The tests take one point of each kind; `make soak` takes them all.
@Suite struct StateEditingCrashTests {
  enum Command: String, CaseIterable, Sendable {
    case recover
    case resolve
    case forget
    case merge
    case repair

    var words: [String] {
      switch self {
      case .recover: ["recover"]
      case .resolve: ["resolve", "user_0000001", "--as", "removed"]
      case .forget: ["forget", "late", "--auto-approve"]
      case .merge: ["merge", "base.state", "imprune.state", "theirs.state"]
      case .repair: ["repair"]
      }
    }
  }

  private static let calls = ["write", "fsync", "rename", "unlink", "ftruncate", "fchmod"]
  private static let faults = ["signal=KILL", "error=EIO", "error=ENOSPC"]
  private static let takesAll = ProcessInfo.processInfo.environment["SOAK_SEED"] != nil

  private static let state = "imprune.state"
  private static let journal = "imprune.state.journal"
  private static let end = "2026-01-02T03:04:05Z\t0123456789ab"
  private static let records = [
    "done\tremove-account\t1\tremoved\t\(end)\t-\t-\t-\t-",
    "user_0000001\tremove-account\t-\t-\t-\t-\t1\tunknown\t\(end)",
  ]

  /// A workspace before a command.
  private static func place(_ command: Command) throws -> TemporaryWorkspace {
    let place = try TemporaryWorkspace()
    let fixture = StateFixture(records: records)
    try place.write(state, fixture.text)
    var lines = try JournalFixture.lines()
    switch command {
    case .recover, .resolve, .forget: try place.write(journal, Array(lines.joined()))
    case .merge:
      try place.write("base.state", fixture.text)
      try place.write(
        "theirs.state", StateFixture(serial: "9", records: Array(records.dropLast())).text)
    case .repair:
      try place.write(state, fixture.text.replacing("done\t", with: "d ne\t"))
      // In the middle, where it cannot be the result of a crash.
      lines[2][20] ^= 1
      try place.write(journal, Array(lines.joined()))
    }
    return place
  }

  /// The workspace after an undisturbed command.
  private struct Undisturbed {
    /// The possible states: unchanged, with the journal folded in, or as the command leaves it.
    var states: [[UInt8]]
    var journal: [UInt8]?
    var records: [String]
    /// How often it makes each call.
    var counts: [String: Int] = [:]

    init(_ command: Command) throws {
      let place = try StateEditingCrashTests.place(command)
      states = [try place.bytes(state)]
      journal =
        place.exists(StateEditingCrashTests.journal)
        ? try place.bytes(StateEditingCrashTests.journal) : nil
      let folding = try StateEditingCrashTests.place(command)
      if try folding.imprune("state", "recover").code == 0 {
        states.append(try folding.bytes(state))
      }
      let result = try trace(
        command, place, ["-e", "trace=" + StateEditingCrashTests.calls.joined(separator: ",")])
      #expect(result.code == 0, "\(result.text)")
      states.append(try place.bytes(state))
      records = try place.doneRecords()
      for line in try place.text("trace").split(separator: "\n") {
        // A process id comes first.
        let name = line.drop { $0.isNumber || $0 == " " }.prefix { $0 != "(" }
        counts[String(name), default: 0] += 1
      }
    }
  }

  /// Runs a command under strace.
  private static func trace(
    _ command: Command, _ place: TemporaryWorkspace, _ options: [String]
  ) throws -> ProcessResult {
    place.end(
      try ChildProcess(
        "/usr/bin/strace",
        ["-f", "-qq", "-o", place.path("trace")] + options + [Built.imprune, "state"]
          + command.words, in: place.folder))
  }

  @Test(
    .enabled(if: CrashTests.canTrace(), "processes cannot be traced here"),
    arguments: Command.allCases)
  func `a state command interrupted anywhere leaves the old or the new state`(
    command: Command
  ) throws {
    let undisturbed = try Undisturbed(command)
    var kind = 0
    for call in Self.calls {
      let count = undisturbed.counts[call, default: 0]
      #expect(count > 0, "\(command) makes no \(call)")
      guard count > 0 else { continue }
      for fault in Self.faults {
        kind += 1
        let sample = 1 + kind * 7 % count
        for number in Self.takesAll ? 1...count : sample...sample {
          try breakOff(command, call, fault, number, undisturbed)
        }
      }
    }
  }

  private func breakOff(
    _ command: Command, _ call: String, _ fault: String, _ number: Int,
    _ undisturbed: Undisturbed
  ) throws {
    let what = "\(command.rawValue), \(call) number \(number): \(fault)"
    let place = try Self.place(command)
    let result = try Self.trace(
      command, place,
      ["-e", "trace=\(call)", "-e", "inject=\(call):\(fault):when=\(number)"])
    let said = "\(what): \(result.text)"
    let (old, new) = (undisturbed.states[0], undisturbed.states.last)
    let state = try place.bytes(Self.state)
    #expect(undisturbed.states.contains(state), "\(said)")
    if fault.hasPrefix("signal") {
      #expect(result.code == nil, "\(said)")
    } else if result.code == 0 {
      #expect(state == new, "\(said)")
    } else {
      #expect(result.code == 1, "\(said)")
      #expect(result.error.contains("cannot "), "\(said)")
    }
    // Every lost record is reported.
    if state == old, let journal = undisturbed.journal {
      #expect(try place.bytes(Self.journal) == journal, "\(said)")
    }
    for name in place.names where name.contains(".backup-") && !name.hasSuffix(".tmp") {
      let backup = try place.bytes(name)
      #expect(undisturbed.states.contains(backup) || backup == undisturbed.journal, "\(said)")
    }
    // Once more, unless it was done.
    if state != new || place.exists(Self.journal) {
      let again = try ChildProcess(
        Built.imprune, ["state"] + command.words, in: place.folder
      ).end()
      #expect(again.code == 0, "\(said)\n\(again.text)")
    }
    #expect(try place.imprune("state", "verify").code == 0, "\(said)")
    #expect(!place.exists(Self.journal), "\(said)")
    #expect(try place.doneRecords() == undisturbed.records, "\(said)")
    // A repeated repair increments the serial once more.
    if command != .repair { #expect(try place.bytes(Self.state) == new, "\(said)") }
  }
}
