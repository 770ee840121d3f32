import PruneCore
import Simulation
import TestSupport
import Testing

/// Why runs end early, and what they report about the users.
struct ApplyStopTests {
  private func world(users: Int = 5_000) throws -> Simulation {
    try Simulation(simulatedManifest(removals: ids("u", users)))
  }

  // MARK: - The access check

  @Test(arguments: [
    Int32(70009), 60026, 70001, 70050, 60021, 60004, 70402, 70107, 12345, 60013, 70169,
  ])
  func `a refused access check is an error before any change`(code: Int32) throws {
    let world = try world()
    world.service.fault = always(.access, .code(code))
    let run = try world.apply()
    #expect(run.exitCode == .error)
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.counts.notAttempted == 5_000)
    #expect(try world.records().isEmpty)
  }

  @Test func `a fatal code of the access check is not retried`() throws {
    let world = try world()
    world.service.fault = always(.access, .code(70050))
    let run = try world.apply()
    #expect(run.calls.count == 1)
    #expect(run.result?.stop == .fatal(.checkAccounts, ServiceCode(70050), info: ""))
  }

  @Test(arguments: [Fault.notSent, .untrusted, .garbage, .lost, .status(502), .status(404)])
  func `an unusable service is an error before any change`(
    fault: Fault
  ) throws {
    let world = try world()
    world.service.fault = always(.access, fault)
    let run = try world.apply()
    let reason: StopReason? =
      switch fault {
      case .notSent: .unreachable("connection refused")
      case .lost: .unreachable("timed out")
      case .untrusted: .untrusted("certificate has expired")
      case .garbage: .notTheService("an answer that cannot be read")
      case .status(let status):
        status < 500 ? .webPage(status: status) : .unavailable(status: status)
      default: nil
      }
    #expect(run.result?.stop == reason)
    #expect(run.exitCode == .error)
    #expect(run.ids(.deleteAccounts).isEmpty)
    let isFinal = [.untrusted, .garbage, .status(404)].contains(fault)
    #expect(run.ids(.access).count == (isFinal ? 1 : 5))
  }

  @Test func `an access check that fails transiently is retried`() throws {
    let world = try world(users: 1)
    world.service.fault = script([
      .access: [1: .notSent, 2: .status(502), 3: .code(70169), 4: .code(60007)]
    ])
    #expect(try world.apply().exitCode == .success)
  }

  // MARK: - In the middle

  @Test func `71000 in the middle stops the run and keeps the outcomes`() throws {
    let world = try world()
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && call.number >= 20 ? .code(71000) : nil
    }
    let run = try world.apply()
    #expect(run.exitCode == .appliedInPart)
    #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(71000), info: ""))
    #expect(run.counts.removed == 1 + 10 + 17 * 100)
    #expect(run.counts.removed + run.counts.notAttempted == 5_000)
    #expect(try world.records().count == run.counts.removed)
  }

  @Test(arguments: [Fault.notSent, .untrusted])
  func `a service unreachable in the middle stops the run`(fault: Fault) throws {
    let world = try world(users: 400)
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && call.number >= 4 ? fault : nil
    }
    let run = try world.apply()
    #expect(run.counts.removed == 111)
    #expect(run.counts.unknown == 0)
    #expect(run.counts.notAttempted == 289)
    #expect(run.exitCode == .appliedInPart)
  }

  @Test func `the breaker stops a run in which most calls fail`() throws {
    let world = try world()
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && call.number > 10 && call.number % 5 < 3 ? .code(12345) : nil
    }
    let run = try world.apply()
    guard case .mostlyFailing(let failed, let recent) = run.result?.stop else {
      Issue.record("ended with \(String(describing: run.result?.stop))")
      return
    }
    #expect(failed * 2 > recent)
    #expect(run.ids(.deleteAccounts).count < 50)
    #expect(run.counts.notAttempted > 0)
    #expect(run.exitCode == .appliedInPart)
  }

  @Test func `the breaker lets a run continue in which fewer than half of the calls fail`() throws {
    let world = try world()
    world.service.fault = { call, _ in
      call.purpose == .users && call.number % 5 < 2 ? .code(12345) : nil
    }
    let run = try world.apply()
    #expect(run.result?.stop == nil)
    #expect(run.counts.notAttempted == 0)
  }

  @Test func `a run without progress ends after the progress timeout`() throws {
    let world = try world()
    world.settings.progressTimeout = .seconds(20)
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && call.number > 3 ? .code(60007) : nil
    }
    let start = world.now
    let run = try world.apply()
    #expect(run.result?.stop == .noProgress(.seconds(20)))
    #expect(run.counts.removed == 111)
    #expect(run.counts.unknown == 0)
    #expect((world.now - start).seconds < 30)
    #expect(run.exitCode == .appliedInPart)
  }

  @Test func `a batch waits a growing random time before each retry`() throws {
    var waits: [[Double]] = [[], [], [], []]
    for seed in 0..<40 {
      let world = try Simulation(simulatedManifest(removals: ["u"]), seed: UInt64(seed))
      world.service.fault = always(.deleteAccounts, .code(70169))
      let run = try world.apply()
      let sends = run.sends(.deleteAccounts)
      for index in 0..<4 { waits[index].append((sends[index + 1] - sends[index]).seconds - 0.05) }
    }
    for (index, bound) in [0.5, 1, 2, 4].enumerated() {
      #expect(try #require(waits[index].max()) <= bound + 0.001)
      #expect(try #require(waits[index].max()) > 0.8 * bound)
      #expect(try #require(waits[index].min()) < 0.2 * bound)
    }
  }

  @Test func `retries end with the progress timeout and leave their users unknown`() throws {
    let world = try world(users: 1)
    world.settings.maxAttempts = 1_000
    world.settings.progressTimeout = .seconds(30)
    world.service.fault = always(.deleteAccounts, .status(502))
    let start = world.now
    let run = try world.apply()
    #expect(run.result?.stop == .noProgress(.seconds(30)))
    #expect((world.now - start).seconds < 36)
    #expect(run.counts.unknown == 1)
  }

  // MARK: - Throttling

  @Test func `a burst of throttled calls is one event for the rate, which recovers`() throws {
    let world = try world(users: 60_000)
    world.service.latency = 0.5...0.5
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && (100..<140).contains(call.number) ? .code(60007) : nil
    }
    let run = try world.apply()
    #expect(run.refusals(of: .deleteAccounts) == 40)
    let rates = run.rates(of: .deleteAccounts)
    #expect((1...3).contains(rates.count) && rates.allSatisfy { $0 > 50 }, "\(rates)")
    #expect(run.counts.removed == 60_000)
    let sends = run.sends(.deleteAccounts)
    let gaps = zip(sends.dropFirst(), sends).map { ($0 - $1).seconds }
    #expect(try #require(gaps.suffix(50).max()) < 1 / 88)
  }

  @Test func `a run finds and keeps a lower limit of the service`() throws {
    let world = try world(users: 30_000)
    world.service.limit = SharedLimit(40)
    let run = try world.apply()
    #expect(run.exitCode == .success)
    #expect(run.refusals(of: .deleteAccounts) <= 10)
    let sends = run.sends(.deleteAccounts)
    #expect((try #require(sends.last) - sends[0]).seconds < 300 / 40 / 0.9)
  }

  // MARK: - The signature

  /// Calls are refused as expired until the signature has been renewed.
  private func expiring(canSign: Bool, codeAfterRenewal: Int32? = nil) throws -> Simulation {
    let world = try world()
    world.settings.canSign = canSign
    world.service.latency = 0.4...0.4
    var firstRefusal: Instant?
    world.service.fault = { call, _ in
      guard call.call == .deleteAccounts, call.number >= 20 else { return nil }
      if firstRefusal == nil { firstRefusal = call.sent + .seconds(0.4) }
      // Every call in flight at the first refusal has the old signature.
      let isOld = firstRefusal.map { call.sent < $0 } ?? true
      return isOld ? .code(70001) : codeAfterRenewal.map { .code($0) }
    }
    return world
  }

  @Test func `an expired signature is renewed once for all calls in flight`() throws {
    let world = try expiring(canSign: true)
    let run = try world.apply()
    #expect(run.renewals == 1)
    #expect(run.notices.count { $0 == .signatureRenewed } == 1)
    #expect(run.exitCode == .success)
    #expect(run.counts.removed == 5_000)
  }

  @Test func `a new signature reported as expired stops the run`() throws {
    let world = try expiring(canSign: true, codeAfterRenewal: 70001)
    let run = try world.apply()
    #expect(run.renewals == 1)
    #expect(run.result?.stop == .newSignatureExpired(.deleteAccounts, info: "", ahead: nil))
    #expect(run.exitCode == .appliedInPart)
  }

  @Test func `an expired signature without a key stops the run`() throws {
    let world = try expiring(canSign: false)
    let run = try world.apply()
    #expect(run.renewals == 0)
    #expect(run.result?.stop == .fatal(.deleteAccounts, ServiceCode(70001), info: ""))
    #expect(run.counts.notAttempted > 0)
  }

  @Test func `an expired signature at the access check is renewed`() throws {
    let world = try world(users: 1)
    world.settings.canSign = true
    world.service.fault = script([.access: [1: .code(70001)]])
    let run = try world.apply()
    #expect(run.renewals == 1)
    #expect(run.exitCode == .success)
  }

  /// How far this machine's clock is ahead, as a run learns from response headers.
  @Test(arguments: [(nil, nil), (3700, -3700), (0, 0), (-90, 90)] as [(Int?, Int?)])
  func `an expired new signature reports the clock difference`(
    service: Int?, ahead: Int?
  ) throws {
    let world = try world(users: 1)
    world.settings.canSign = true
    var head = ResponseHead()
    head.date = service.map { Timestamp(seconds: UInt32(Int(world.wall.seconds) + $0)) }
    let body = Array(#"{"ErrorCode":70001,"ErrorInfo":"old"}"#.utf8)
    var calls = 0
    let run = try world.apply { [head] _, _ in
      calls += 1
      return .response(status: 200, body: body, head: head)
    }
    #expect(calls == 2)
    #expect(run.result.stop == .newSignatureExpired(.checkAccounts, info: "old", ahead: ahead))
  }

  @Test(arguments: [0.0, 0.3, 0.5])
  func `a call that cannot be signed stops the run`(seconds: Double) throws {
    let world = try world()
    let run = try world.apply(events: [(seconds, .signingFailed("no memory"))])
    #expect(run.result?.stop == .unsigned("no memory"))
    #expect(run.exitCode == (run.ids(.deleteAccounts).isEmpty ? .error : .appliedInPart))
    #expect(run.counts.notAttempted > 0)
  }

  @Test(arguments: [
    (200, "<!DOCTYPE html><p>sign in", true), (200, " \n<HTML>", true), (403, "<html>", true),
    (200, "\u{FEFF}<script>", true), (302, "", true), (200, "nothing", false), (404, "{}", false),
    (200, "<?xml version='1.0'?><Error/>", false), (204, "", false),
  ])
  func `a web page in place of the service has its own message`(
    status: Int, body: String, isPage: Bool
  ) throws {
    for isSaid in [false, true] {
      let world = try world(users: 1)
      let head = ResponseHead(date: nil, contentType: isSaid ? "Text/HTML; charset=utf-8" : nil)
      let reply = Reply.response(status: status, body: Array(body.utf8), head: head)
      var calls = 0
      let run = try world.apply { _, _ in
        calls += 1
        return reply
      }
      let stop = run.result.stop
      #expect(calls == 1)
      if case .webPage(let said) = stop {
        #expect(isPage || isSaid)
        #expect(said == status)
      } else {
        #expect(!isPage && !isSaid)
        #expect(stop != nil)
      }
    }
  }

  // MARK: - Signals

  @Test(arguments: [
    (ApplyEvent.interrupted(.interrupt), StopReason.signal(.interrupt), Exit.interrupted),
    (.interrupted(.terminate), .signal(.terminate), .terminated),
    (.filesLost("a file was removed"), .filesLost("a file was removed"), .appliedInPart),
  ])
  func `a signal or a lost file stops sending and waits for calls in flight`(
    event: ApplyEvent, stop: StopReason, code: Exit
  ) throws {
    let world = try world()
    world.service.latency = 0.8...0.8
    let run = try world.apply(events: [(5.1, event)])
    #expect(run.exitCode == code)
    // For a lost file the run reports what it finds at its end; here it lost none.
    if case .filesLost = stop, case .filesLost = run.result?.stop {
    } else {
      #expect(run.result?.stop == stop)
    }
    #expect(!run.hasAbandoned)
    // Every batch that was sent has its outcome, and none is unknown.
    let sent = run.ids(.deleteAccounts).flatMap { $0 }.count
    #expect(sent > 111)
    #expect(run.counts.removed == sent)
    #expect(run.counts.notAttempted == 5_000 - sent)
    #expect(try world.records().count == sent)
    let rest = try world.apply()
    #expect(rest.failure == nil)
    #expect(rest.exitCode == .success)
    #expect(rest.counts.removed == 5_000 - sent)
  }

  @Test func `a call that waits for a connection at a signal is never sent`() throws {
    let world = try world(users: 50_000)
    world.connecting = (oneIn: 2, seconds: 0.3...2)
    let end = world.now + .seconds(9)
    let run = try world.apply(events: [(9, .interrupted(.interrupt))])
    #expect(run.exitCode == .interrupted)
    // A call whose turn comes next leaves a few hundredths of a second after the signal.
    #expect(run.calls.allSatisfy { $0.sent <= end + .seconds(0.1) })
    let sent = run.ids(.deleteAccounts).flatMap { $0 }.count
    #expect(sent > 111)
    #expect(run.counts.removed == sent)
    #expect(run.counts.notAttempted == 50_000 - sent)
    #expect(try world.records().count == sent)
    #expect(try world.apply().exitCode == .success)
  }

  @Test func `a call without a response within the drain timeout leaves its users unknown`() throws
  {
    let world = try world()
    world.service.fault = { call, _ in
      call.call == .deleteAccounts && call.number == 10 ? .slow(60) : nil
    }
    let start = world.now
    let run = try world.apply(events: [(1.2, .interrupted(.interrupt))])
    #expect(run.hasAbandoned)
    #expect((world.now - start).seconds < 1.2 + 5 + 0.1)
    #expect(run.counts.unknown == 100)
    #expect(run.exitCode == .interrupted)
    let rest = try world.apply()
    #expect(rest.notices.contains(.resolving(users: 100, run: RunID(1))))
    #expect(rest.exitCode == .success)
  }

  @Test func `a signal before the first call changes nothing`() throws {
    let world = try world(users: 3)
    world.service.latency = 1...1
    let run = try world.apply(events: [(0.5, .interrupted(.interrupt))])
    #expect(run.calls.map(\.call) == [.checkAccounts])
    #expect(run.counts.notAttempted == 3)
    #expect(run.exitCode == .interrupted)
  }

  @Test func `a finished run accepts no more events`() throws {
    let world = try world(users: 1)
    let now = Moment(instant: Instant(nanoseconds: 0), wall: world.wall)
    var machine = ApplyMachine(try world.plan(), world.settings, seed: 1, at: now)
    _ = machine.handle(.started, at: now)
    _ = machine.handle(.interrupted(.terminate), at: now)
    let actions = machine.handle(.answered(SendID(1), .notSent("")), at: now)
    let result = machine.result
    #expect(actions == [.finish(result)])
    #expect(machine.handle(.interrupted(.interrupt), at: now) == [])
    #expect(machine.handle(.journalFailed("late"), at: now) == [])
    #expect(machine.result == result)
    #expect(machine.deadline == nil)
  }

  // MARK: - The journal

  @Test func `a disk failure stops sending`() throws {
    let world = try world()
    world.failingAppend = 7
    let run = try world.apply()
    guard case .journal = run.result?.stop else {
      Issue.record("\(String(describing: run.result))")
      return
    }
    #expect(run.exitCode == .appliedInPart)
    #expect(run.counts.notAttempted > 3_000)
    world.failingAppend = nil
    let rest = try world.apply()
    #expect(rest.exitCode == .success)
    #expect(world.service.accounts.isEmpty)
  }

  @Test func `a disk failure at the start sends no user`() throws {
    let world = try world()
    world.failingAppend = 1
    let run = try world.apply()
    #expect(run.ids(.deleteAccounts).isEmpty)
    #expect(run.exitCode == .error)
  }

  @Test func `a run waits without polling until its last outcomes are on disk`() throws {
    let world = try world(users: 1)
    var now = Moment(instant: Instant(nanoseconds: 0), wall: world.wall)
    var machine = ApplyMachine(try world.plan(), world.settings, seed: 1, at: now)
    func answer(_ number: UInt64, _ items: String = "") -> [ApplyAction] {
      now.instant = now.instant + .seconds(1)
      let body = Array(#"{"ErrorCode":0,"ResultItem":[\#(items)]}"#.utf8)
      return machine.handle(
        .answered(SendID(number), .response(status: 200, body: body)), at: now)
    }
    _ = machine.handle(.started, at: now)
    let look = answer(1)
    guard case .send(_, .checkAccounts, let ids) = look.last, let probe = ids.first else {
      Issue.record("no id was looked at: \(look)")
      return
    }
    _ = answer(2, #"{"UserID":"\#(probe)","ResultCode":0,"AccountStatus":"NotImported"}"#)
    _ = answer(3, #"{"UserID":"\#(probe)","ResultCode":70107}"#)
    _ = machine.handle(.durable(JournalTicket(1)), at: now)
    let actions = answer(4, #"{"UserID":"u000000","ResultCode":0}"#)
    #expect(actions.count == 1)
    #expect(machine.deadline == nil)
    now.instant = now.instant + .seconds(1000)
    #expect(machine.handle(.tick, at: now) == [])
    let last = machine.handle(.durable(JournalTicket(2)), at: now)
    #expect(last == [.finish(machine.result)])
    #expect(machine.result.counts.removed == 1)
  }

  @Test func `the same events give the same actions`() throws {
    var runs: [[Notice]] = []
    var journals: [[UInt8]] = []
    for _ in 0..<2 {
      let world = try world()
      world.service.latency = 0.1...6
      let run = try world.apply(events: [(2, .interrupted(.interrupt))])
      runs.append(run.notices)
      journals.append(world.state)
    }
    #expect(runs[0] == runs[1])
    #expect(journals[0] == journals[1])
  }

  // MARK: - Exit codes

  @Test(arguments: [
    (StopReason?.none, false, 0, Exit.success),
    (nil, true, 0, .success),
    (nil, true, 1, .appliedInPart),
    (nil, false, 1, .appliedInPart),
    (.signal(.interrupt), true, 0, .interrupted),
    (.signal(.interrupt), false, 5, .interrupted),
    (.signal(.terminate), true, 1, .terminated),
    (.signal(.hangup), true, 1, .hungUp),
    (.fatal(.deleteAccounts, ServiceCode(71000), info: ""), false, 1, .refused),
    (.fatal(.clearTags, ServiceCode(90045), info: ""), false, 1, .refused),
    (.fatal(.deleteAccounts, ServiceCode(71000), info: ""), true, 1, .appliedInPart),
    (.fatal(.checkAccounts, ServiceCode(70009), info: ""), false, 1, .error),
    (.unreachable(""), false, 1, .error),
    (.unreachable(""), true, 1, .appliedInPart),
    (.journal(""), false, 1, .error),
    (.journal(""), true, 0, .appliedInPart),
    (.mostlyFailing(failed: 11, of: 20), false, 1, .error),
    (.noProgress(.seconds(1)), true, 1, .appliedInPart),
    (.notTheService(""), false, 1, .error),
    (.untrusted(""), false, 1, .error),
    (.webPage(status: 200), false, 1, .error),
    (.unavailable(status: 502), false, 1, .error),
    (.unsigned(""), false, 1, .error),
    (.unsigned(""), true, 1, .appliedInPart),
    (.filesLost(""), false, 1, .error),
    (.filesLost(""), true, 0, .appliedInPart),
    (.miscounted, true, 0, .appliedInPart),
    (.unsaved, true, 0, .appliedInPart),
    (.outputLost(""), false, 1, .error),
    (.outputLost(""), true, 0, .appliedInPart),
    (.newSignatureExpired(.checkAccounts, info: "", ahead: nil), false, 1, .error),
    (.onlyAbsent(.removeAccount, users: 1), false, 1, .appliedInPart),
    (.onlyAbsent(.clearTags, users: 5), true, 1, .appliedInPart),
  ])
  func `the exit code says whether any user was changed`(
    stop: StopReason?, hasChanged: Bool, undone: Int, code: Exit
  ) {
    var result = RunResult()
    result.stop = stop
    result.hasChangedUsers = hasChanged
    result.counts.notAttempted = undone
    #expect(Exit(result) == code)
    result.counts.notAttempted = 0
    result.counts.failed = undone
    #expect(Exit(result) == code)
    result.counts.failed = 0
    result.counts.unknown = undone
    #expect(Exit(result) == code)
  }
}
