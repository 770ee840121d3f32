import Foundation
import TestSupport
import Testing

/// Removals against a sandbox with every kind of fault, with imprune killed at random moments,
/// until all is done. `make soak` runs the long one, `SEED=7` fixes faults and kills; a short one
/// is among the tests.
@Suite struct SoakTests {
  private let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private static let kinds = [
    "drop-before", "drop-after", "502-before", "502-after", "code-before", "code-after", "throttle",
    "items", "garbage", "cut-length", "cut-json", "omit-before", "omit-after", "repeat", "foreign",
  ]

  @Test func `a short soak run keeps every promise`() throws {
    // A stalled call takes as long as imprune's timeout for it, so there is none here.
    try soak(removals: 5000, kills: 3, seed: 1, odds: 0.2, faults: Self.kinds)
  }

  private static let seed = ProcessInfo.processInfo.environment["SOAK_SEED"].map { UInt64($0) }

  @Test(.enabled(if: seed != nil, "`make soak` runs it"))
  func `a long soak run keeps every promise`() throws {
    let seed = try #require(Self.seed ?? nil, "SOAK_SEED is a number")
    // By chance a kind may not occur in some thousand calls.
    let kinds = Self.kinds + ["stall-before", "stall-after", "items=60018*3"]
    try soak(
      removals: 100_000, kills: 10, seed: seed,
      faults: kinds.enumerated().map { "\($0.element):\(40 + 50 * $0.offset)" })
  }

  /// A separate disk, mounted from a file, with too little room: it fills up in the journal, or in
  /// the draft of the state.
  @Test(
    .enabled(if: seed != nil && geteuid() == 0, "`make soak` runs it, as root"),
    arguments: [8, 32, 64, 96, 128, 192, 256, 384])
  func `a full disk loses nothing`(kibibytes: Int) throws {
    let sandbox = try Sandbox(["--users", "6000"])
    try place.makeFolder("disk")
    func system(_ words: String...) throws -> Int32? {
      try ChildProcess("/bin/sh", ["-c", words.joined(separator: " ")], in: place.folder).end().code
    }
    try #require(
      system(
        "truncate -s 16m image && /usr/sbin/mkfs.ext4 -q -m 0 -b 1024 image",
        "&& mount -o loop image disk") == 0)
    defer { _ = try? system("umount \(place.path("disk"))") }
    try place.write("disk/leavers.txt", madeIDs(1...5000).joined(separator: "\n"))
    try place.write(
      "disk/imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: leavers.txt, account: absent}"))
    #expect(try place.imprune("init", "disk/imprune.yaml").code == 0)
    // The ballast leaves exactly the wanted room.
    #expect(
      try system(
        "room=$(df --output=avail -k disk | tail -n 1) &&",
        "head -c $(((room - \(kibibytes)) * 1024)) /dev/zero > disk/ballast && sync -f disk") == 0)
    let first = try place.imprune(
      "apply", "disk/imprune.yaml", "--auto-approve", "--rate", "100", "--report", "report.json")
    let report = try JSONDecoder().decode(
      ReportTests.Report.self, from: Data(place.bytes("report.json")))
    #expect(report.recounted == report.counts)
    #expect(report.exit_code == first.code)
    let gone = try 6000 - sandbox.users().count
    #expect(report.counts["removed"] == gone)
    // With room again the run finishes, and no user is removed twice.
    #expect(try system("rm disk/ballast && sync -f disk") == 0)
    #expect(
      try place.imprune("apply", "disk/imprune.yaml", "--auto-approve", "--rate", "100").code == 0)
    #expect(try sandbox.counters().removed == 5000)
    #expect(try place.imprune("plan", "disk/imprune.yaml").out.contains("No changes."))
  }

  private func soak(
    removals: Int, kills: Int, seed: UInt64, odds: Double = 0.05, faults: [String] = []
  ) throws {
    // Every eleventh user is not in the manifest.
    let numbers = 1...(removals + removals / 10)
    let leavers = madeIDs(numbers.filter { $0 % 11 != 0 })
    let others = madeIDs(numbers.filter { $0 % 11 == 0 })
    let sandbox = try Sandbox(
      [
        "--users", String(numbers.count), "--log", place.path("calls"), "--seed", String(seed),
        "--fault-odds", String(odds), "--reregister-odds", "0.01",
      ] + faults.flatMap { ["--fault", $0] })
    try place.write("leavers.txt", leavers.joined(separator: "\n"))
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids_from: leavers.txt, account: absent}"))
    #expect(try place.imprune("init").code == 0)

    // A kill happens after this many calls to the sandbox; the removals alone take more.
    var random = SplitMix64(seed: seed)
    var moments = (0..<kills).map { _ in 1 + random.below(removals / 100) }.sorted()
    // How many calls there were at each kill.
    var killed: [Int] = []
    var tally = Tally(removals: leavers.count)
    var wasKilled = false
    while tally.last != 0, tally.runs < 10 * (kills + 2) {
      let before = try sandbox.counters().removed
      let run = try place.start(
        "apply", "--auto-approve", "--rate", "100", "--report", "report.json")
      if let moment = moments.first {
        _ = try eventually { try !run.isRunning || sandbox.counters().seen >= moment }
      }
      let isKilled = !moments.isEmpty && run.isRunning
      if isKilled {
        run.signal(SIGKILL)
        moments.removeFirst()
      }
      let ended = place.end(run, timeout: 600)
      tally.take(ended, isKilled: isKilled)
      if isKilled {
        killed.append(try calls().count)
      } else {
        let report = try JSONDecoder().decode(
          ReportTests.Report.self, from: Data(place.bytes("report.json")))
        #expect(report.recounted == report.counts)
        #expect(report.exit_code == ended.code)
      }
      // Calls of a killed run may still arrive afterwards.
      if ended.code == 1, !wasKilled { #expect(try sandbox.counters().removed == before) }
      wasKilled = isKilled
    }
    let counters = try sandbox.counters()
    let dealt = counters.faults.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print(
      "soak: seed \(seed), \(tally.runs) runs, \(tally.kills) of them killed, "
        + "\(counters.seen) calls, faults: \(dealt.joined(separator: ", ")); "
        + "\(counters.reregistered) ids registered again, \(counters.removedAgain) of them between an "
        + "unanswered removal and its repetition")
    for fault in faults where fault.contains(":") {
      let kind = String(fault.prefix { !"=:".contains($0) })
      #expect(counters.faults[kind, default: 0] > 0, "\(fault)")
    }
    #expect(tally.kills == kills)
    #expect(counters.removed == removals + counters.removedAgain)
    try place.expectRecordedAsRemoved(leavers)
    let histories = try sandbox.histories()
    #expect(histories.map(\.id) == leavers)
    #expect(histories.allSatisfy { $0.removed > 0 && $0.cleared == 0 })
    let reregistrations = histories.filter { $0.registered > $0.removed }.map(\.id)
    #expect(try sandbox.users() == (others + reregistrations).sorted())
    #expect(try removedAfterConfirmation(killed) == [])
    try place.expectNoSecrets()
  }

  /// A line of the sandbox's log.
  private struct Call: Decodable {
    var endpoint: String
    var ids: [String]
    var code: Int?
    var fault: String?

    /// Whether the caller got a result for all its ids.
    var isConfirmed: Bool { code == 0 && [nil, "repeat", "foreign"].contains(fault) }
  }

  private func calls() throws -> [Call] {
    try place.text("calls").split(separator: "\n").map {
      try JSONDecoder().decode(Call.self, from: Data($0.utf8))
    }
  }

  /// The ids sent for removal although the service had confirmed their removal.
  ///
  /// imprune may not have read or recorded the last responses before a kill, and calls of the
  /// killed run may still arrive until the next run begins with its access check.
  private func removedAfterConfirmation(_ killed: [Int]) throws -> [String] {
    let calls = try calls()
    let lost = killed.map { kill in
      let next = calls[kill...].firstIndex { $0.ids == ["administrator"] }
      return max(0, kill - 20)..<(next ?? calls.count)
    }
    var confirmed: [String: Int] = [:]
    var again: [String] = []
    for (number, call) in calls.enumerated() where call.endpoint == "account_delete" {
      again += call.ids.compactMap { id in
        confirmed[id].map { "\(id) was confirmed in call \($0) and sent again in call \(number)" }
      }
      guard call.isConfirmed, !lost.contains(where: { $0.contains(number) }) else { continue }
      for id in call.ids { confirmed[id] = number }
    }
    return again
  }

  /// What the runs have reported so far, and whether it adds up.
  private struct Tally {
    let removals: Int
    var runs = 0
    var kills = 0
    /// The exit code of the last run, if it finished.
    var last: Int32?
    /// How many users must be unchanged in the next plan; nil after a kill, which says nothing.
    private var done: Int? = 0

    init(removals: Int) {
      self.removals = removals
    }

    mutating func take(_ ended: ProcessResult, isKilled: Bool) {
      runs += 1
      last = ended.code
      let plan = Self.numbers(ended.out, "Plan: ")
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
      #expect([0, 1, 3].contains(ended.code), "\(ended.text)")
      let result =
        Self.numbers(ended.out, "Apply complete! ").merging(
          Self.numbers(ended.out, "Until then: ")
        ) { $1 }
      #expect(result.values.reduce(0, +) == toDo, "\(ended.text)")
      done = unchanged + result["removed", default: 0] + result["already absent", default: 0]
      if last == 0 { #expect(done == removals) }
    }

    /// The numbers of a line, by noun.
    private static func numbers(_ text: String, _ start: String) -> [String: Int] {
      let line = text.split(separator: "\n").first { $0.hasPrefix(start) } ?? ""
      // Numbers of plans have separators; the comma between two counts is followed by a blank.
      return line.replacing(/,(?=\d)/, with: "").matches(of: /(\d+) ([a-z]+(?: [a-z]+)?)/).reduce(
        into: [:]) {
          $0[String($1.2)] = Int($1.1)
        }
    }
  }
}

extension Sandbox.Counters {
  /// All calls, whatever their result.
  fileprivate var seen: Int { calls.values.reduce(0) { $0 + $1.total } }
}
