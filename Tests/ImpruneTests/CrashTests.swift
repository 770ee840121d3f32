import Foundation
import TestSupport
import Testing

/// The built tool, killed or failed by the kernel at every write, sync, rename, unlink and send of
/// an apply: `strace` injects the fault at the n-th such call, for every n. Afterwards the tool
/// runs again, and state and service must agree.
@Suite struct CrashTests {
  /// A kind of system call, its file (nil for any), and the injected fault.
  struct Injection: Sendable, CustomTestStringConvertible {
    let call: String
    var file: String?
    let fault: String

    var testDescription: String { "\(call) of \(file ?? "anything"): \(fault)" }

    var arguments: [String] {
      file.map { ["-P", $0] } ?? []
    }
  }

  private static let points: [(call: String, file: String?)] = [
    ("write", "imprune.state.journal"), ("fdatasync", "imprune.state.journal"),
    ("write", "imprune.state.tmp"), ("fsync", nil), ("rename", nil), ("unlink", nil),
  ]

  static let injections: [Injection] =
    points.map { Injection(call: $0.call, file: $0.file, fault: "signal=KILL") }
    + [
      Injection(call: "sendto", fault: "signal=KILL"),
      Injection(call: "write", fault: "signal=KILL"),
    ]
    + points.map { Injection(call: $0.call, file: $0.file, fault: "error=EIO") }
    + [
      Injection(call: "sendto", fault: "error=EIO"),
      Injection(call: "sendto", fault: "error=ENOSPC"),
    ]
    + points.filter { $0.call == "write" }.map {
      Injection(call: $0.call, file: $0.file, fault: "error=ENOSPC")
    }

  /// Whether a process may be traced here.
  static func canTrace() -> Bool {
    (try? ChildProcess("/usr/bin/strace", ["-qq", "-o", "/dev/null", "/usr/bin/true"], in: "/"))?
      .end()
      .code == 0
  }

  @Test(.enabled(if: canTrace(), "processes cannot be traced here"), arguments: injections)
  func `a run killed anywhere is finished by the next runs`(
    injection: Injection
  ) throws {
    let sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push,account_deletion", "--users", "2000",
      "--tags", "vip",
    ])
    var number = 0
    var hasHappened = true
    while hasHappened {
      number += 1
      hasHappened = try breakOff(injection, at: number, sandbox)
      #expect(number < 200)
    }
    #expect(number > 1, "nothing was injected")
  }

  /// Runs an apply interrupted at the n-th such call, and what a user does next; false if there was
  /// no such call.
  private func breakOff(
    _ injection: Injection, at number: Int, _ sandbox: Sandbox
  ) throws -> Bool {
    let place = try TemporaryWorkspace.withKey()
    // Its own users, so that one service serves all runs.
    let first = number * 8
    let removals = madeIDs(first...(first + 2))
    let clears = madeIDs((first + 3)...(first + 4))
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: """
            - {ids: [\(removals.joined(separator: ", "))], account: absent}
            - {ids: [\(clears.joined(separator: ", "))], tags: []}
          """))
    #expect(try place.imprune("init").code == 0)
    let trace = "inject=\(injection.call):\(injection.fault):when=\(number)"
    let files = injection.file.map { ["-P", place.path($0)] } ?? []
    let process = try ChildProcess(
      "/usr/bin/strace",
      ["-f", "-qq", "-o", place.path("trace"), "-e", "trace=\(injection.call)", "-e", trace] + files
        + [Built.imprune, "apply", "--auto-approve", "--report", "report.json"],
      in: place.folder, environment: place.environment)
    let broken = place.end(process)
    let traced = try place.text("trace")
    guard traced.contains("INJECTED") || traced.contains("killed by SIGKILL") else {
      #expect(broken.code == 0)
      return false
    }
    let what = "\(injection.testDescription), the call number \(number)"
    try expectHonest(broken, removals, clears, sandbox, what)
    try expectAgreement(place, removals, clears, sandbox, what)
    return true
  }

  /// Runs imprune until nothing is left to do, and compares state and service.
  private func expectAgreement(
    _ place: TemporaryWorkspace, _ removals: [String], _ clears: [String], _ sandbox: Sandbox,
    _ what: String
  ) throws {
    for _ in 0..<3 where try place.imprune("plan", "--detailed-exitcode").code != 0 {
      _ = try place.imprune("apply", "--auto-approve", "--rate", "100")
    }
    // A plan finished before the crash may have left its journal.
    #expect(try place.imprune("apply", "--auto-approve").code == 0, "\(what)")
    #expect(try place.imprune("plan").out.contains("No changes."), "\(what)")
    #expect(try place.imprune("state", "verify").code == 0, "\(what)")
    #expect(!place.exists("imprune.state.journal"), "\(what)")
    #expect(
      Set(try place.doneRecords())
        == Set(
          removals.map { "\($0) remove-account 1 removed -" }
            + clears.map { "\($0) clear-tags 1 cleared -" }), "\(what)")
    let ours = Set(removals + clears)
    let histories = try sandbox.histories().filter { ours.contains($0.id) }
    #expect(histories.filter { $0.removed == 1 }.map(\.id) == removals, "\(what)")
    #expect(histories.filter { $0.cleared == 1 && $0.removed == 0 }.map(\.id) == clears, "\(what)")
    try place.expectNoSecrets()
  }

  /// A limit of the file size, as on a full disk: the journal, the state or neither reaches it.
  @Test(arguments: [200, 300, 400, 500, 700, 900, 1100, 1300, 100_000])
  func `a run stops without loss if files cannot grow`(limit: Int) throws {
    let sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push,account_deletion", "--users", "40",
      "--tags", "vip",
    ])
    let place = try TemporaryWorkspace.withKey()
    let removals = madeIDs(1...12)
    let clears = madeIDs(21...32)
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: """
            - {ids: [\(removals.joined(separator: ", "))], account: absent}
            - {ids: [\(clears.joined(separator: ", "))], tags: []}
          """))
    #expect(try place.imprune("init").code == 0)
    // Its outputs are dropped: as files they would reach the limit first.
    let process = try ChildProcess(
      "/bin/sh",
      [
        "-c",
        "exec /usr/bin/prlimit --fsize=\(limit) \(Built.imprune) apply --auto-approve >/dev/null 2>&1",
      ],
      in: place.folder, environment: place.environment)
    let result = place.end(process)
    let isEnough = limit == 100_000
    #expect(isEnough ? result.code == 0 : [1, 3].contains(result.code), "\(result.text)")
    if result.code == 1 {
      #expect(try Set(sandbox.users()).isSuperset(of: removals))
      #expect(try Set(sandbox.tagged()).isSuperset(of: clears))
    }
    try expectAgreement(place, removals, clears, sandbox, "a limit of \(limit) bytes")
  }

  /// imprune saves the state before it removes the journal, so the run does not fail.
  @Test(
    .enabled(if: canTrace(), "processes cannot be traced here"),
    arguments: ["unlink", "fsync"])
  func `a journal that cannot be removed has its own message`(call: String) throws {
    let sandbox = try Sandbox(["--users", "3"])
    let place = try TemporaryWorkspace.withKey()
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {ids: [\(madeIDs(1...2).joined(separator: ", "))], account: absent}"))
    #expect(try place.imprune("init").code == 0)
    // It is the fifth sync of the folder: before using the state, in the trial save, after creating
    // the journal, after renaming the state, and this one.
    let what =
      call == "unlink"
      ? (file: place.path("imprune.state.journal"), from: 1) : (file: place.folder, from: 5)
    let words = [
      "-f", "-qq", "-o", place.path("trace"), "-P", what.file, "-e",
      "trace=\(call)", "-e", "inject=\(call):error=EIO:when=\(what.from)+", Built.imprune,
    ]
    func run(_ command: String...) throws -> ProcessResult {
      place.end(
        try ChildProcess(
          "/usr/bin/strace", words + command, in: place.folder, environment: place.environment))
    }
    let apply = try run("apply", "--auto-approve")
    #expect(apply.code == 0, "\(apply.text)")
    #expect(apply.out.contains("Apply complete! 2 removed"), "\(apply.text)")
    let action = call == "unlink" ? "remove" : "sync"
    #expect(apply.error.contains("Warning: cannot \(action) "), "\(apply.text)")
    #expect(apply.error.contains("imprune saved the state"), "\(apply.text)")
    #expect(!apply.error.contains("could not save the state"), "\(apply.text)")
    #expect(place.exists("imprune.state.journal") == (call == "unlink"))
    #expect(try place.imprune("plan").out.contains("No changes."))
    guard call == "unlink" else { return }
    let state = try place.bytes("imprune.state")
    let failing = try run("state", "recover")
    #expect(failing.code == 1)
    #expect(
      failing.error.contains("cannot delete the journal of imprune.state"),
      "\(failing.text)")
    #expect(failing.error.contains("`imprune state recover --state imprune.state`"))
    #expect(failing.error.contains("imprune saved the state"), "\(failing.text)")
    #expect(try place.imprune("state", "recover").code == 0)
    #expect(!place.exists("imprune.state.journal"))
    #expect(try place.bytes("imprune.state") == state)
  }

  /// A run that met an error prints a message, with an exit code that does not promise too much.
  private func expectHonest(
    _ result: ProcessResult, _ removals: [String], _ clears: [String], _ sandbox: Sandbox,
    _ what: String
  ) throws {
    guard let code = result.code, code != 0 else { return }
    #expect([1, 3].contains(code), "\(what): \(result.text)")
    // A failed send is a lost response, with its own message.
    let words = what.hasPrefix("sendto") ? "Apply stopped: " : "cannot "
    #expect((result.error + result.out).contains(words), "\(what): \(result.text)")
    guard code == 1 else { return }
    let users = Set(try sandbox.users())
    let tagged = Set(try sandbox.tagged())
    #expect(users.isSuperset(of: removals) && tagged.isSuperset(of: clears), "\(what)")
  }

  /// The disk fails at the n-th sync of the journal, and no state can be saved either.
  @Test(.enabled(if: canTrace(), "processes cannot be traced here"), arguments: 2...7)
  func `outcomes that cannot be saved go to standard error and can be restored by hand`(
    number: Int
  ) throws {
    let sandbox = try Sandbox([
      "--edition", "ultimate", "--enabled", "tag_push,account_deletion", "--users", "100",
      "--tags", "vip",
    ])
    let place = try TemporaryWorkspace.withKey()
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port,
        users: """
            - {ids: [\(madeIDs(1...12).joined(separator: ", "))], account: absent}
            - {ids: [\(madeIDs(21...32).joined(separator: ", "))], tags: []}
          """))
    #expect(try place.imprune("init").code == 0)
    let process = try ChildProcess(
      "/usr/bin/strace",
      [
        "-f", "-qq", "-o", place.path("trace"), "-P", place.path("imprune.state.journal"), "-P",
        place.path("imprune.state.tmp"), "-e", "trace=fsync,fdatasync", "-e",
        "inject=fdatasync:error=ENOSPC:when=\(number)+", "-e", "inject=fsync:error=ENOSPC",
        Built.imprune, "apply", "--auto-approve",
      ], in: place.folder, environment: place.environment)
    let result = place.end(process)
    #expect([1, 3].contains(result.code), "\(result.text)")
    #expect(result.error.contains("imprune could not save the state"), "\(result.text)")
    #expect(!result.out.contains("Apply complete!"), "\(result.text)")
    let cleared = Set(madeIDs(21...32)).subtracting(try sandbox.tagged())
    let gone = Set(madeIDs(1...12)).subtracting(try sandbox.users())
    // Every done user is in lines that are valid in a state.
    let lines = result.error.split(separator: "\n").filter { $0.split(separator: "\t").count == 10 }
    let done = lines.filter { !$0.contains("\tunknown\t") }.map { String($0.prefix { $0 != "\t" }) }
    #expect(Set(done) == cleared.union(gone), "\(result.text)")
    // After restoring them as the message says, nothing of it is planned any more.
    #expect(try place.imprune("state", "recover").code == 0)
    let state = try place.text("imprune.state")
    try place.write("imprune.state", state + lines.joined(separator: "\n") + "\n")
    let repair = try place.imprune("state", "repair")
    #expect(repair.code == 0, "\(repair.text)")
    let plan = try place.imprune("plan", "--all")
    for id in done { #expect(!plan.out.contains(id), "\(plan.text)") }
    #expect(try place.imprune("apply", "--auto-approve").code == 0)
    #expect(try sandbox.counters().removed == 12)
    #expect(try place.imprune("plan").out.contains("No changes."))
  }
}
