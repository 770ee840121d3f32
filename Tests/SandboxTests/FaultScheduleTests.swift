import Testing

@testable import imprune_sandbox

/// Which call meets which fault, told without a server.
@Suite struct FaultScheduleTests {
  /// The fault of each of the first calls, as "number kind".
  private func faults(
    _ schedule: FaultSchedule, _ endpoint: Endpoint = .accountDelete, calls: Int = 10
  ) -> [String] {
    (1...calls).compactMap { number in
      schedule.fault(of: endpoint, number: number).map { "\(number) \($0.kind.rawValue)" }
    }
  }

  @Test func `calls are named by number, those that read apart`() throws {
    let schedule = try FaultSchedule([
      "drop-after:7", "502-before:3-5", "throttle:4", "garbage:read/2-3",
    ])
    #expect(
      faults(schedule) == ["3 502-before", "4 502-before", "5 502-before", "7 drop-after"])
    for other in [Endpoint.removeAllTags, .addTag, .timpushClearAllTags, .timpushAddTag] {
      #expect(faults(schedule, other) == faults(schedule))
    }
    #expect(faults(schedule, .accountCheck) == ["2 garbage", "3 garbage"])
    #expect(faults(schedule, .getTag) == ["2 garbage", "3 garbage"])
    #expect(faults(schedule, .accountImport).isEmpty)
  }

  @Test(arguments: [
    ("drop-after", 0, 1), ("code-before", 70500, 1), ("code-after=60013", 60013, 1),
    ("throttle", 60007, 1), ("throttle=60011", 60011, 1), ("items", 70169, 1),
    ("items=70169*100", 70169, 100), ("items*3", 70169, 3), ("omit-after*2", 0, 2),
    ("pretend", 0, 1), ("pretend*100", 0, 100),
  ])
  func `a fault has its code and its users`(text: String, code: Int, users: Int) throws {
    let fault = try Fault(text)
    #expect(fault.kind.rawValue == text.prefix { $0 != "=" && $0 != "*" })
    #expect(fault.code == code)
    #expect(fault.users == users)
  }

  @Test func `each kind can be named`() throws {
    for kind in Fault.Kind.allCases { #expect(try Fault(kind.rawValue).kind == kind) }
  }

  @Test(arguments: [
    ("drop:7", "the faults are drop-before, drop-after, stall-before"),
    ("", "the faults are drop-before"),
    ("drop-after=1:7", "with code-before, code-after, throttle, items"),
    ("pretend=1:7", "with code-before"), ("items=x:7", "a code is 1 to 999999"),
    ("items=0:7", "a code is 1 to 999999"),
    ("garbage*2:7", "1 to 100 users, with items, other-case"),
    ("omit-after*101:7", "1 to 100 users"),
    ("omit-after:0", "7 is the seventh call"), ("omit-after:7-3", "7 is the seventh call"),
    ("omit-after:7-", "7 is the seventh call"), ("omit-after:reads/7", "7 is the seventh call"),
    ("omit-after:99999999999999999999", "7 is the seventh call"),
    ("omit-after", "omit-after:7, or use --fault-odds"),
  ])
  func `a fault that is none is refused with what is accepted`(text: String, words: String) {
    let error = #expect(throws: BadValue.self) { try FaultSchedule([text]) }
    #expect(error?.description.contains(words) == true)
  }

  @Test func `the same seed gives the same faults, as often as the odds say`() throws {
    let once = try FaultSchedule([], odds: 0.05, seed: 7)
    let again = try FaultSchedule([], odds: 0.05, seed: 7)
    let other = try FaultSchedule([], odds: 0.05, seed: 8)
    let dealt = faults(once, calls: 10_000)
    #expect((400...600).contains(dealt.count))
    #expect(faults(again, calls: 10_000) == dealt)
    #expect(faults(other, calls: 10_000) != dealt)
    let kinds = Set(dealt.compactMap { $0.split(separator: " ").last })
    // A false answer that looks true has no remedy, so chance deals it only on request.
    #expect(
      kinds == Set(Fault.Kind.allCases.filter { $0 != .pretend }.map { Substring($0.rawValue) }))
    let named = try FaultSchedule(["pretend*3", "drop-after"], odds: 1, seed: 7)
    #expect(Set(faults(named, .addTag).map { $0.suffix(7) }) == ["pretend", "p-after"])
    #expect(Set(faults(named, .getTag).map { $0.suffix(7) }) == ["p-after"])
    #expect(faults(try FaultSchedule([], odds: 1), calls: 50).count == 50)
    #expect(faults(try FaultSchedule([], odds: 0), calls: 50).isEmpty)
  }

  @Test func `chance takes the kinds that are named, and a numbered call goes before`() throws {
    let schedule = try FaultSchedule(["omit-after", "garbage", "throttle:3"], odds: 1, seed: 1)
    let dealt = faults(schedule, calls: 100)
    #expect(dealt[2] == "3 throttle")
    let kinds = Set(dealt.compactMap { $0.split(separator: " ").last })
    #expect(kinds == ["omit-after", "garbage", "throttle"])
    // im_remove_all_tags says nothing of single users, so nobody can be missing there.
    #expect(
      faults(schedule, .removeAllTags, calls: 4) == [
        "1 garbage", "2 garbage", "3 throttle", "4 garbage",
      ])
    #expect(faults(try FaultSchedule(["items:1"]), .removeAllTags).isEmpty)
  }

  @Test func `reregistrations come after their call, or by chance that a seed repeats`() throws {
    let ids = (1...1000).compactMap { UserID("u\($0)".utf8) }
    let named = try Reregistrations(["a@b@3"])
    #expect(named.after(3, of: ids).map(\.bytes) == [Array("a@b".utf8)])
    #expect(named.after(2, of: ids).isEmpty)
    let dealt = try Reregistrations([], odds: 0.1, seed: 7).after(1, of: ids)
    #expect((50...150).contains(dealt.count))
    #expect(try Reregistrations([], odds: 0.1, seed: 7).after(1, of: ids) == dealt)
    #expect(try Reregistrations([], odds: 0.1, seed: 8).after(1, of: ids) != dealt)
    for text in ["a", "@3", "a@0", "a@x"] {
      #expect(throws: BadValue.self) { try Reregistrations([text]) }
    }
  }

  @Test func `each kind of fault has one line of the help`() {
    for kind in Fault.Kind.allCases {
      #expect("  \(kind.rawValue): \(kind.words)".count <= 80, "\(kind)")
    }
  }
}
