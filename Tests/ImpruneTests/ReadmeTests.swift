import ArgumentParser
import Foundation
import PruneCore
import TestSupport
import Testing

@testable import imprune

/// What the README shows works as it is written there.
@Suite struct ReadmeTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let readme: String
  let place: Workplace

  init() throws {
    readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
    place = try Workplace()
  }

  /// The contents of the fenced blocks of a language.
  private func blocks(_ language: String) -> [String] {
    readme.components(separatedBy: "\n```\(language)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  @Test func `the plan that it opens with is what the trial example gives`() throws {
    let shown = try #require(readme.components(separatedBy: "$ imprune plan\n").last)
    let block = try #require(shown.components(separatedBy: "```").first)
    let folder = Self.root.appending(path: "examples/trial").path
    let ending = try Running(Built.imprune, ["plan"], in: folder).end()
    #expect(ending.code == 0)
    #expect(ending.out == block)
  }

  @Test func `its manifests are valid`() throws {
    let manifests = blocks("yaml")
    #expect(manifests.count >= 2)
    for manifest in manifests {
      try place.write("imprune.yaml", manifest)
      let ending = try Running(Built.imprune, ["validate"], in: place.folder).end()
      #expect(ending.code == 0, "\(ending.error)")
      #expect(!ending.error.contains("warning"))
    }
  }

  @Test func `its commands are commands`() throws {
    var commands = blocks("sh").flatMap { $0.components(separatedBy: "\n") }
    for row in readme.components(separatedBy: "\n") where row.hasPrefix("| `imprune ") {
      commands.append(row.components(separatedBy: "`")[1])
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

  @Test func `its make targets are in the Makefile`() throws {
    let makefile = try String(
      contentsOf: Self.root.appending(path: "Makefile"), encoding: .utf8)
    for block in blocks("sh") {
      for line in block.components(separatedBy: "\n") {
        let words = line.split(separator: " ")
        guard let make = words.firstIndex(of: "make") else { continue }
        #expect(makefile.contains("\n\(words[make + 1]):"), "\(line)")
      }
    }
  }

  @Test func `it tells every type of event and no other, and keys that are in the schemas`() throws
  {
    let section = try #require(readme.components(separatedBy: "\n## For other programs\n").last)
      .components(separatedBy: "\n## ")[0]
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
    let told = try events.keys.union(ProgramSchema("report").keys).union(events.types)
    #expect(keys.subtracting(told) == [])
    for name in ["events", "report", "plan"] {
      #expect(section.contains("`\(name).schema.json`"))
    }
  }

  @Test func `its budgets and the size of a state are the real ones`() throws {
    #expect(readme.contains("at most 60,000 bytes") && MarkdownView.comment == 60_000)
    #expect(readme.contains("up to 900 KiB") && MarkdownView.stepSummary == 900 << 10)
    let app = try #require(SDKAppID(1_400_000_000))
    let id = try #require(UserID("user_0000001"))
    var record = StateRecord(id: id, operation: .removeAccount)
    record.done = .init(
      revision: .first, outcome: .removed, time: Timestamp(seconds: 1), run: RunID(1))
    let header = StateHeader(app: app, service: .live, lineage: Lineage(1))
    let sizes = [0, 1].map {
      WholeState(header: header, records: Array(repeating: record, count: $0)).bytes(count: 1).count
    }
    #expect(readme.contains("about 80 bytes (an id of 12)") && sizes[1] - sizes[0] == 80)
    #expect(readme.contains("about 1.3 million records"))
    #expect((100 << 20) / (sizes[1] - sizes[0]) / 100_000 == 13)
  }

  @Test func `it tells every exit code`() {
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

  @Test func `the tests that it names are there`() throws {
    let table = try #require(readme.components(separatedBy: "## What happens when...").last)
    let rows = try #require(table.components(separatedBy: "\n## ").first)
      .components(separatedBy: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
    #expect(rows.count >= 18)
    let folder = Self.root.appending(path: "Tests").path
    let sources = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOfFile: folder + "/" + $0, encoding: .utf8) }
    for row in rows {
      let name = try #require(row.split(separator: "|").last.map(String.init))
        .trimmingCharacters(in: [" "])
      #expect(
        name.hasPrefix("`") && sources.contains { $0.contains("func \(name)(") }, "\(name)")
    }
  }
}
