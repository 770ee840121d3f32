import Foundation
import TestSupport
import Testing

/// Input that means something else than its author intended.
@Suite struct InputTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  private func plan(_ words: String...) throws -> ProcessResult {
    place.end(try ChildProcess(Built.imprune, ["plan"] + words, in: place.folder))
  }

  private func write(_ users: String, guards: String = "{max_removals: 100000}") throws {
    try place.write("imprune.yaml", manifestText(guards: guards, users: users))
  }

  @Test(arguments: [
    "[user_1\n    user_2,]", "['user_1, user_2']", "[\"'user_1'\"]", "[\u{201C}user_1\u{201D}]",
    "[user_1# the bot]", "['^user_.*']", "[\u{FF55}ser_1]", "user_1", "[user_1 user_2]",
  ])
  func `a mistake in a protected entry is an error with its location`(protected: String) throws {
    try write(
      "  - {id: user_1, account: absent}",
      guards: "\n  max_removals: 100\n  protected: \(protected)")
    let result = try plan()
    #expect(result.code == 1 && result.out == "", "\(result.text)")
    #expect(result.error.contains("imprune.yaml:10:1"), "\(result.text)")
  }

  @Test func `a CSV file as a plain list is an error, and its column can be read`() throws {
    try place.write("users.csv", "name,user_id\nAnna,user_1\n\"Miller, Bob\",user_2\n")
    try write("  - {ids_from: users.csv, account: absent}")
    let list = try plan()
    #expect(list.code == 1)
    #expect(list.error.contains("users.csv:1:1: error: Not a bare id"))
    #expect(list.error.contains("ids_from: {path: FILE, column: NAME}"))
    try write("  - {ids_from: {path: users.csv, column: user_id}, account: absent}")
    let column = try plan("--strict")
    #expect(column.code == 0, "\(column.text)")
    #expect(column.out.contains("- remove  user_1  users.csv:2"))
    #expect(column.out.contains("- remove  user_2  users.csv:3"))
    try write("  - {ids_from: {path: users.csv, column: id}, account: absent}")
    let missing = try plan()
    #expect(missing.code == 1)
    #expect(missing.error.contains("users.csv:1:1: error: Missing column"))
  }

  @Test func `a CSV file must be in the manifest's folder, like a list`() throws {
    try place.makeFolder("app")
    try place.write("users.csv", "id\nuser_1\n")
    try place.write(
      "app/imprune.yaml",
      manifestText(users: "  - {ids_from: {path: ../users.csv, column: id}, account: absent}"))
    let outside = try plan("app/imprune.yaml")
    #expect(outside.code == 1)
    #expect(outside.error.contains("List outside the manifest's folder"))
    try place.link("app/users.csv", to: "../users.csv")
    try place.write(
      "app/imprune.yaml",
      manifestText(users: "  - {ids_from: {path: users.csv, column: id}, account: absent}"))
    #expect(try plan("app/imprune.yaml").error.contains("List outside the manifest's folder"))
  }

  @Test func `a CSV column is compared with the same column at a git ref`() throws {
    func git(_ words: String...) throws {
      let process = try ChildProcess(
        "/usr/bin/git", words, in: place.folder,
        environment: ["GIT_CONFIG_GLOBAL": "/dev/null", "HOME": place.folder])
      #expect(process.end().code == 0)
    }
    try git("init", "--quiet", "--initial-branch", "main")
    try write("  - {ids_from: {path: users.csv, column: id}, account: absent}")
    try place.write("users.csv", "id,name\nold,Anna\n")
    try git("add", "-A")
    try git(
      "-c", "user.name=a tester", "-c", "user.email=tester@example.invalid", "commit", "--quiet",
      "--message", "a list")
    try place.write("users.csv", "name,id\nAnna,old\nBob,new\n")
    let process = try ChildProcess(
      Built.imprune, ["plan", "--base", "main"], in: place.folder,
      environment: ["PATH": "/usr/bin:/bin", "HOME": place.folder])
    let result = place.end(process)
    #expect(result.code == 0, "\(result.text)")
    #expect(result.out.contains("this change (against main): 1 to remove, 0 to clear"))
  }

  @Test func `the option --strict turns warnings about a list into errors`() throws {
    try write("  - {ids_from: leavers.txt, account: absent}")
    for (list, code) in [("UserID\nuser_1\n", "header-like"), ("user_1\n12.0\n", "number-like")] {
      try place.write("leavers.txt", list)
      let lenient = try plan()
      #expect(lenient.code == 0 && lenient.error.contains("warning: "))
      #expect(lenient.error.contains("[\(code)]"))
      let strict = try plan("--strict")
      #expect(strict.code == 1 && strict.error.contains("error: "))
      #expect(strict.error.contains("[\(code)]"))
    }
  }

  @Test func `an unresolved merge in a manifest or list is an error`() throws {
    try write("  - {ids_from: leavers.txt, account: absent}")
    try place.write("leavers.txt", "user_1\n<<<<<<< HEAD\nuser_2\n=======\n>>>>>>> theirs\n")
    let list = try plan()
    #expect(list.code == 1)
    for line in [2, 4, 5] {
      #expect(list.error.contains("leavers.txt:\(line):1: error: Unresolved merge"))
    }
    try write("<<<<<<< HEAD\n  - {id: a, account: absent}\n=======\n>>>>>>> theirs")
    let manifest = try plan()
    #expect(manifest.code == 1)
    #expect(manifest.error.contains("imprune.yaml:11:1: error: Unresolved merge"))
    #expect(manifest.error.contains("3 errors."))
  }

  @Test func `a file in UTF-16 is a single error`() throws {
    try write("  - {ids_from: leavers.txt, account: absent}")
    let text = (1...1001).map { "user_\($0)\r\n" }.joined()
    try place.write(
      "leavers.txt", [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    let result = try plan()
    #expect(result.code == 1)
    #expect(result.error.contains("leavers.txt:1:1: error: Invalid text"))
    #expect(result.error.contains("UTF-16LE"))
    #expect(result.error.contains("\n1 error."))
  }

  @Test func `protected entries that match no known user are reported, a few by name`() throws {
    let many = (1...9).map { "svc_\($0)" }.joined(separator: ", ")
    try write("  - {id: a, account: absent}", guards: "{protected: [\(many), \"b*\"]}")
    let result = try plan()
    #expect(
      result.out.contains(
        "Note: 10 protected entries match no known user: svc_1, svc_2, "
          + "svc_3, svc_4, svc_5 and 5 more. A misspelled entry protects no user."))
    try write("  []", guards: "{protected: [\"b*\"]}")
    let empty = try plan()
    #expect(empty.code == 0)
    #expect(empty.out.contains("Note: 1 protected entry matches no known user"))
    #expect(empty.out.contains("No changes."))
    try write("  - {id: bob, account: absent}", guards: "{protected: [\"b*\"]}")
    let blocked = try plan()
    #expect(blocked.code == 4)
    #expect(!blocked.out.contains("Note:"))
  }
}
