import Foundation
import TestSupport
import Testing

/// What an apply says about the tags that it saved: where they are, how to restore them, or that they
/// are lost.
@Suite struct TagFileLossTests {
  let place: TemporaryWorkspace
  let sandbox: Sandbox
  private static let users = 1_500

  init() throws {
    place = try TemporaryWorkspace.withKey()
    sandbox = try Sandbox([
      "--users", "\(Self.users)", "--tags", "vip,beta", "--edition", "ultimate", "--enabled",
      "tag_push,account_deletion", "--latency", "50",
    ])
  }

  private func write(_ users: ClosedRange<Int>, to name: String = "imprune.yaml") throws {
    try place.write("movers.txt", madeIDs(users).joined(separator: "\n") + "\n")
    try place.write(
      name, manifestText(port: sandbox.port, users: "  - {ids_from: movers.txt, tags: []}"))
  }

  /// A text as one line.
  private func flat(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  enum Loss: CaseIterable { case removed, renamed, replaced, cut }

  @Test(arguments: Loss.allCases)
  func `a tag file lost during a run is written again, or the run says that it is lost`(
    loss: Loss
  ) throws {
    try write(1...Self.users)
    #expect(try place.imprune("init").code == 0)
    let run = try place.start("apply", "--auto-approve", "--rate", "10", "--report", "report.json")
    #expect(try eventually { try sandbox.counters().cleared >= 211 })
    let file = try #require(place.names.first { $0.hasPrefix("imprune.state.tags-") })
    switch loss {
    case .removed: try place.remove(file)
    case .renamed: try place.move(file, to: "elsewhere")
    case .replaced:
      try place.write("other", "hello")
      try place.move("other", to: file)
    case .cut: try place.cut(file, to: 100)
    }
    let result = place.end(run)
    #expect(result.code == 3, "\(result.text)")
    let report = try JSONValue(place.bytes("report.json"))
    let text = flat(result.out)
    if loss == .cut {
      #expect(report["tag_file"] == .null)
      #expect(text.contains("the other tags are lost"), "\(result.text)")
      #expect(!text.contains("tags restore"), "\(result.text)")
      #expect(!place.exists(file + "-copy"))
      return
    }
    #expect(report["tag_file"] == .string(file + "-copy"))
    #expect(
      text.contains("During the run, ") && text.contains("imprune wrote it again."),
      "\(result.text)")
    // Every user without tags gets them back from the copy.
    #expect(try sandbox.tagged().count < Self.users)
    try place.write("imprune.yaml", manifestText(port: sandbox.port, users: "  []"))
    let list = try place.imprune("tags", "list", file + "-copy")
    #expect(!list.out.contains("no end line"), "\(list.text)")
    try place.age("imprune.state", seconds: 20)
    let restored = try place.imprune(
      "tags", "restore", file + "-copy", "--auto-approve", "--rate", "100")
    #expect(restored.code == 0, "\(restored.text)")
    #expect(try sandbox.tagged().count == Self.users)
  }

  @Test func `a full disk leaves a file without an end, which has every cleared user`() throws {
    // 20 tags of 40 bytes: 100 users take 90 KB.
    let tags = (10...29).map { String(repeating: "x", count: 38) + "\($0)" }
    let sandbox = try Sandbox([
      "--users", "1500", "--tags", tags.joined(separator: ","), "--edition", "ultimate",
      "--enabled", "tag_push,account_deletion",
    ])
    try place.write("movers.txt", madeIDs(1...1_500).joined(separator: "\n") + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(port: sandbox.port, users: "  - {ids_from: movers.txt, tags: []}"))
    #expect(try place.imprune("init").code == 0)
    let shell = try ChildProcess(
      "/bin/bash",
      ["-c", "ulimit -f 400; exec \(Built.imprune) apply --auto-approve --report report.json"],
      in: place.folder, environment: place.environment)
    let result = place.end(shell)
    #expect(result.code == 3, "\(result.text)")
    let text = flat(result.out)
    let said = try #require(text.firstMatch(of: /\(at least (\d+) lines\)/), "\(result.text)")
    #expect(text.contains("could not write its last line"), "\(result.text)")
    let file = try #require(place.names.first { $0.hasPrefix("imprune.state.tags-") })
    #expect(try JSONValue(place.bytes("report.json"))["tag_file"] == .string(file))
    let list = try JSONValue(
      Array(place.imprune("tags", "list", file, "--format", "json").out.utf8))
    #expect(list["complete"] == .bool(false))
    let saved = Set((list["users"]?.array ?? []).compactMap { $0["id"]?.string })
    #expect(saved.count >= Int(said.1) ?? .max)
    let untagged = try Set(madeIDs(1...1_500)).subtracting(sandbox.tagged())
    #expect(!untagged.isEmpty && untagged.isSubset(of: saved))
  }

  @Test func `the restore command works as it is printed`() throws {
    try write(1...3, to: "my movers.yaml")
    #expect(try place.imprune("init", "my movers.yaml", "--state", "a b.state").code == 0)
    let apply = try place.imprune(
      "apply", "my movers.yaml", "--state", "a b.state", "--auto-approve")
    #expect(apply.code == 0, "\(apply.text)")
    let text = flat(apply.out)
    #expect(text.contains("take the users out of the manifest, or add --reopen"), "\(apply.text)")
    let start = try #require(text.range(of: "imprune tags restore "))
    let command = text[start.lowerBound...].dropFirst("imprune".count)
    #expect(command.hasSuffix(" --manifest 'my movers.yaml' --state 'a b.state'"), "\(command)")
    try place.age("a b.state", seconds: 20)
    let shell = try ChildProcess(
      "/bin/sh", ["-c", "\(Built.imprune)\(command) --reopen --auto-approve"], in: place.folder,
      environment: place.environment)
    let restored = place.end(shell)
    #expect(restored.code == 0, "\(restored.text)")
    #expect(try sandbox.tagged().count == Self.users)
  }

  @Test func `a run without a backup says so, before and after`() throws {
    try write(1...30)
    #expect(try place.imprune("init").code == 0)
    let apply = try place.imprune("apply", "--auto-approve", "--no-tag-backup", "--rate", "100")
    #expect(apply.code == 0, "\(apply.text)")
    #expect(flat(apply.out).contains("3 calls of up to 100 users, and 3 that read tags after,"))
    #expect(
      flat(apply.out).contains("imprune did not save the tags of the cleared users"),
      "\(apply.text)")
    #expect(try place.imprune("apply", "--no-tag-backup").out.contains("did not save") == false)
  }
}
