import Foundation
import TestSupport
import Testing

/// Removals against a sandbox that fails some of the calls in every way it knows, with the tool
/// killed at random moments, until all is done. `make soak SEED=7` runs the long one; a short one is
/// among the tests.
@Suite struct SoakTests {
  private let place: Workplace

  init() throws {
    place = try Workplace.withKey()
  }

  @Test func `a short soak`() throws {
    // A stalled call takes as long as the tool's patience with it, so none is here.
    let kinds = [
      "drop-before", "drop-after", "502-before", "502-after", "code-before", "code-after",
      "throttle", "items", "garbage", "cut-length", "cut-json", "omit-before", "omit-after",
      "repeat", "foreign",
    ]
    try soak(removals: 5000, kills: 3, seed: 1, faults: kinds.flatMap { ["--fault", $0] })
  }

  private static let seed = ProcessInfo.processInfo.environment["SOAK_SEED"].map { UInt64($0) }

  @Test(.enabled(if: seed != nil, "`make soak` runs it"))
  func `a long soak`() throws {
    let seed = try #require(Self.seed ?? nil, "SOAK_SEED is a number")
    try soak(removals: 100_000, kills: 10, seed: seed)
  }

  private func soak(removals: Int, kills: Int, seed: UInt64, faults: [String] = []) throws {
    // Every eleventh user is not in the manifest.
    let numbers = 1...(removals + removals / 10)
    let leavers = madeIDs(numbers.filter { $0 % 11 != 0 })
    let others = madeIDs(numbers.filter { $0 % 11 == 0 })
    let sandbox = try Sandbox(
      ["--users", String(numbers.count), "--fault-odds", "0.05", "--seed", String(seed)] + faults)
    try place.write("leavers.txt", leavers.joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: leavers.txt, account: absent}"))
    #expect(try place.imprune("init").code == 0)

    // A kill comes when the sandbox has seen so many calls; the removals alone take more.
    var dice = SplitMix64(seed: seed)
    var moments = (0..<kills).map { _ in 1 + dice.below(removals / 100) }.sorted()
    var tally = Tally(removals: leavers.count)
    while tally.last != 0, tally.runs < 10 * (kills + 2) {
      let before = try sandbox.counters().removed
      let run = try place.start("apply", "--auto-approve", "--rate", "100")
      if let moment = moments.first {
        while try run.isRunning && sandbox.counters().seen < moment { usleep(500) }
      }
      let isKilled = !moments.isEmpty && run.isRunning
      if isKilled {
        run.signal(SIGKILL)
        moments.removeFirst()
      }
      let ending = place.end(run, patience: 600)
      tally.take(ending, isKilled: isKilled)
      if ending.code == 1 { #expect(try sandbox.counters().removed == before) }
    }
    let counters = try sandbox.counters()
    let dealt = counters.faults.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      "soak: seed \(seed), \(tally.runs) runs, \(tally.kills) of them killed, "
        + "\(counters.seen) calls, faults: \(dealt.joined(separator: ", "))")
    #expect(tally.kills == kills)
    #expect(counters.removed == removals)
    #expect(counters.removedAgain == 0)
    try place.expectRemoved(leavers, leaving: others, sandbox)
    try place.expectNoSecrets()
  }

  /// What the runs have said so far, and whether it adds up.
  private struct Tally {
    let removals: Int
    var runs = 0
    var kills = 0
    /// The exit code of the last run, if it came to its end.
    var last: Int32?
    /// How many users must be unchanged for the next plan; nil after a kill, which says nothing.
    private var done: Int? = 0

    init(removals: Int) {
      self.removals = removals
    }

    mutating func take(_ ending: Ending, isKilled: Bool) {
      runs += 1
      last = ending.code
      let plan = Self.numbers(ending.out, "Plan: ")
      let unchanged = plan["unchanged", default: 0]
      let toDo = plan["to remove", default: 0] + plan["unknown", default: 0]
      if !plan.isEmpty {
        #expect(toDo + unchanged == removals)
        if let done { #expect(unchanged == done) }
      }
      if isKilled {
        kills += 1
        done = nil
        return
      }
      #expect([0, 1, 3].contains(ending.code), "\(ending.text)")
      let result =
        Self.numbers(ending.out, "Apply complete! ").merging(
          Self.numbers(ending.out, "Until then: ")
        ) { $1 }
      #expect(result.values.reduce(0, +) == toDo, "\(ending.text)")
      done = unchanged + result["removed", default: 0] + result["already absent", default: 0]
      if last == 0 { #expect(done == removals) }
    }

    /// The numbers of a line, by what they count.
    private static func numbers(_ text: String, _ start: String) -> [String: Int] {
      let line = text.split(separator: "\n").first { $0.hasPrefix(start) } ?? ""
      return line.matches(of: /(\d+) ([a-z]+(?: [a-z]+)?)/).reduce(into: [:]) {
        $0[String($1.2)] = Int($1.1)
      }
    }
  }
}

extension Sandbox.Counters {
  /// All calls, whatever became of them.
  fileprivate var seen: Int { calls.values.reduce(0) { $0 + $1.total } }
}
