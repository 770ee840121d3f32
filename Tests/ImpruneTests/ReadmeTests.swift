import ArgumentParser
import Foundation
import PruneCore
import TestSupport
import Testing

@testable import imprune

/// The examples of README and handbook work as written.
@Suite struct ReadmeTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let readme: String
  let place: TemporaryWorkspace

  init() throws {
    readme = try Self.text("README.md")
    place = try TemporaryWorkspace()
  }

  static func text(_ page: String) throws -> String {
    try String(contentsOf: root.appending(path: page), encoding: .utf8)
  }

  /// The fenced blocks of a language, in README and handbook.
  private func blocks(_ language: String) throws -> [String] {
    try DocsTests.pages.flatMap { page in
      try Self.text(page).components(separatedBy: "\n```\(language)\n").dropFirst().compactMap {
        $0.components(separatedBy: "\n```").first
      }
    }
  }

  @Test func `the README is short`() {
    let lines = readme.components(separatedBy: "\n")
    #expect(lines.count <= 220)
    #expect(lines.filter { $0.count > 100 } == [])
  }

  @Test func `the manifests in the README are valid`() throws {
    let manifests = try blocks("yaml").filter { !$0.hasPrefix("# policy.yaml\n") }
    #expect(manifests.count >= 2)
    for manifest in manifests {
      try place.write("imprune.yaml", manifest)
      let result = try ChildProcess(Built.imprune, ["validate"], in: place.folder).end()
      #expect(result.code == 0, "\(result.error)")
      #expect(!result.error.contains("warning"))
    }
  }

  @Test func `the policies in the handbook are valid`() throws {
    let policies = try blocks("yaml").filter { $0.hasPrefix("# policy.yaml\n") }
    #expect(policies.count >= 1)
    try place.write("imprune.yaml", manifestText(users: "  - {id: a, account: absent}"))
    try place.write(
      "allowed_signers",
      "anna@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YWFhYQ==\nbo@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YmJiYg==\n"
    )
    for policy in policies {
      try place.write("policy.yaml", policy)
      let result = try place.imprune("plan", "--policy", "policy.yaml")
      #expect(result.out.contains("Policy policy.yaml, sha256 "), "\(result.error)")
    }
  }

  @Test func `the commands in the README exist`() throws {
    var commands = try blocks("sh").flatMap { $0.components(separatedBy: "\n") }
    for row in readme.components(separatedBy: "\n") where row.hasPrefix("| `imprune ") {
      commands.append(
        row.components(separatedBy: "`")[1]
          .replacing("TOKEN", with: "340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62"))
    }
    var count = 0
    for command in commands {
      let words = command.split(separator: "#")[0].split(separator: " ").map(String.init)
      guard words.first == "imprune" else { continue }
      count += 1
      let arguments = words.dropFirst().map { $0.trimmingCharacters(in: ["[", "]"]) }
      #expect(throws: Never.self, "\(command)") { try Imprune.parseAsRoot(arguments) }
    }
    #expect(count >= 12)
  }

  @Test func `the sandbox of the README can be tried as written`() throws {
    let text = try #require(readme.components(separatedBy: "To try a manifest without").last)
    let spans = text.components(separatedBy: "`")
    let command = try #require(spans.first { $0.hasPrefix("imprune init ") })
    let user = try #require(spans.first { $0.hasPrefix("user_") })
    #expect(try place.imprune(command.split(separator: " ").dropFirst().map(String.init)).code == 0)
    let manifest = try place.text("sandbox.yaml")
    try place.write(
      "sandbox.yaml",
      manifest.replacing("users: []", with: "users:\n  - {id: \(user), account: absent}"))
    let plan = try place.imprune("plan", "sandbox.yaml")
    #expect(plan.code == 0 && plan.out.contains("1 to remove"), "\(plan.text)")
    #expect(spans[1] == "imprune-sandbox --users 1000")
  }

  @Test func `the make targets in the README exist`() throws {
    let makefile = try String(
      contentsOf: Self.root.appending(path: "Makefile"), encoding: .utf8)
    for block in try blocks("sh") {
      for line in block.components(separatedBy: "\n") {
        let words = line.split(separator: " ")
        guard let make = words.firstIndex(of: "make") else { continue }
        #expect(makefile.contains("\n\(words[make + 1]):"), "\(line)")
      }
    }
  }

  @Test func `the handbook documents exactly the event types and keys of the schemas`() throws {
    let page = try Self.text("docs/machine-readable-output.md")
    let section = page.components(separatedBy: "\n## The plan\n")[0]
    let events = try ProgramSchema("events")
    var types: [String] = []
    var keys: Set<String> = []
    for line in section.components(separatedBy: "\n") {
      let words = line.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }
        .map(\.element)
      if line.hasPrefix("| `") { types.append(words[0]) }
      keys.formUnion(words.filter { $0.wholeMatch(of: /[a-z_]+/) != nil })
    }
    #expect(types.count == events.types.count && Set(types) == events.types)
    let known = try events.keys.union(ProgramSchema("report").keys).union(events.types)
    #expect(keys.subtracting(known) == [])
    for name in ["events", "report", "plan"] {
      #expect(section.contains("`\(name).schema.json`"))
    }
  }

  @Test func `the documented budgets and state sizes are correct`() throws {
    let page = try Self.text("docs/pull-requests.md")
    #expect(page.contains("at most 60,000 bytes") && MarkdownView.comment == 60_000)
    #expect(page.contains("up to 900 KiB") && MarkdownView.stepSummary == 900 << 10)
    let app = try #require(SDKAppID(1_400_000_000))
    let id = try #require(UserID("user_0000001"))
    var record = StateRecord(id: id, operation: .removeAccount)
    record.done = .init(
      revision: .first, outcome: .removed, time: Timestamp(seconds: 1), run: RunID(1))
    let header = StateHeader(app: app, service: .live, lineage: Lineage(1))
    let sizes = [0, 1].map {
      WholeState(header: header, records: Array(repeating: record, count: $0)).bytes(count: 1).count
    }
    #expect(page.contains("about 80 bytes (an id of 12)") && sizes[1] - sizes[0] == 80)
    #expect(page.replacing("\n", with: " ").contains("about 1.3 million records"))
    #expect((100 << 20) / (sizes[1] - sizes[0]) / 100_000 == 13)
  }

  @Test func `the README lists every exit code`() {
    for code in [0, 1, 2, 3, 4, 5, 6, 64, 129, 130, 143] as [Int32] {
      #expect(Exit(rawValue: code) != nil)
      let rows = readme.components(separatedBy: "\n").filter { $0.hasPrefix("| ") }
      #expect(
        rows.contains { row in
          row.components(separatedBy: "|")[1].split(separator: ",").contains {
            $0.trimmingCharacters(in: .whitespaces) == "\(code)"
          }
        }, "\(code)")
    }
  }
}
