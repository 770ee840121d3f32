import Foundation
import Testing

/// The pages of the handbook, and the comments that cite them, name existing tests, files and
/// headings.
@Suite struct DocsTests {
  /// By their paths in the repository.
  static let pages = ["README.md"] + files(in: "docs").filter { $0.hasSuffix(".md") }

  /// The paths, in the repository, of everything below a folder.
  private static func files(in folder: String) -> [String] {
    let path = ReadmeTests.root.appending(path: folder).path
    let names = try? FileManager.default.subpathsOfDirectory(atPath: path)
    return (names ?? []).sorted().map { folder + "/" + $0 }
  }

  private func text(_ file: URL) throws -> String {
    try String(contentsOf: file, encoding: .utf8)
  }

  private func file(_ path: String) -> URL { ReadmeTests.root.appending(path: path) }

  /// The headings of a page, without fenced blocks.
  private func headings(of page: URL) throws -> [String] {
    var headings: [String] = []
    var isFenced = false
    for line in try text(page).components(separatedBy: "\n") {
      if line.hasPrefix("```") { isFenced.toggle() }
      guard !isFenced, let match = line.wholeMatch(of: /^#{1,6} (.+)$/) else { continue }
      headings.append(String(match.1))
    }
    return headings
  }

  /// The anchor that GitHub gives a heading.
  private static func anchor(_ heading: String) -> String {
    heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
      .replacing(" ", with: "-")
  }

  @Test func `the handbook has pages`() {
    for page in ["architecture", "service", "threat-model"] {
      #expect(Self.pages.contains("docs/\(page).md"))
    }
  }

  @Test(arguments: pages)
  func `every test that a page cites exists`(page: String) throws {
    let sources = try Self.files(in: "Tests").filter { $0.hasSuffix(".swift") }
      .map { try text(file($0)) }
    var isNaming = false
    var count = 0
    for line in try text(file(page)).components(separatedBy: "\n") {
      guard line.hasPrefix("|") else {
        isNaming = false
        continue
      }
      if line.hasSuffix("| shown by |") { isNaming = true }
      guard isNaming, let cell = line.split(separator: "|").last else { continue }
      for (index, name) in cell.components(separatedBy: "`").enumerated() where index % 2 == 1 {
        count += 1
        #expect(sources.contains { $0.contains("func `\(name)`(") }, "\(name)")
      }
    }
    if page.hasSuffix("threat-model.md") { #expect(count >= 25) }
    if page.hasSuffix("what-happens-when.md") { #expect(count >= 35) }
  }

  @Test func `the threat model covers each actor, and what it does not promise`() throws {
    let headings = try headings(of: file("docs/threat-model.md"))
    for actor in [
      "The author of a pull request", "A careless colleague", "Another user of the machine",
      "A hostile or broken service", "A proxy and the network", "The machine", "Known gaps",
    ] {
      #expect(headings.contains(actor))
    }
  }

  @Test(arguments: pages)
  func `every link of a page has a target`(page: String) throws {
    let page = file(page)
    for match in try text(page).matches(of: /\]\(([^)#\s]*)(?:#([^)\s]*))?\)/) {
      let target = String(match.1)
      if target.contains("://") { continue }
      let goal = target.isEmpty ? page : page.deletingLastPathComponent().appending(path: target)
      guard FileManager.default.fileExists(atPath: goal.path) else {
        Issue.record("there is no \(target)")
        continue
      }
      guard let anchor = match.2 else { continue }
      let anchors = try headings(of: goal).map(Self.anchor)
      #expect(anchors.contains(String(anchor)), "\(target)#\(anchor)")
    }
  }

  @Test(arguments: pages)
  func `the headings of a page have different anchors`(page: String) throws {
    let anchors = try headings(of: file(page)).map(Self.anchor)
    #expect(!anchors.isEmpty)
    #expect(Set(anchors).count == anchors.count)
  }

  @Test func `every page and heading that a comment cites exists`() throws {
    var headings: [String: [String]] = [:]
    for page in Self.pages { headings[page] = try self.headings(of: file(page)) }
    var count = 0
    let places = ["Sources", "Tests", ".ci", "examples"].flatMap { Self.files(in: $0) }
    for place in places + ["Package.swift", "Makefile"] {
      // Folders, and files that are not text, cite nothing.
      guard let text = try? text(file(place)), text.contains("docs/") else { continue }
      // A comment may break a citation between any words.
      let comments = text.replacing(#/\n *(?://+|#) /#, with: " ")
      for match in comments.matches(of: #/docs/([a-z-]+\.md)((?:(?:,| and) "[^"]+")*)/#) {
        let page = "docs/\(match.1)"
        #expect(headings[page] != nil, "\(place) cites \(page)")
        for quoted in match.2.split(separator: "\"").filter({ ![", ", " and "].contains($0) }) {
          count += 1
          #expect(
            headings[page]?.contains(String(quoted)) == true, "\(place) cites \(page), \(quoted)")
        }
      }
    }
    #expect(count >= 80)
  }
}
