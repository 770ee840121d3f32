import Foundation
import Testing

/// The pages of the handbook name tests and files that are there.
@Suite struct DocsTests {
  private static let pages: [String] = {
    let folder = ReadmeTests.root.appending(path: "docs").path
    return (try? FileManager.default.subpathsOfDirectory(atPath: folder))?
      .filter { $0.hasSuffix(".md") }.sorted() ?? []
  }()

  private func text(_ page: String) throws -> String {
    try String(contentsOf: ReadmeTests.root.appending(path: "docs/\(page)"), encoding: .utf8)
  }

  @Test func `there are pages`() {
    #expect(Self.pages.contains("threat-model.md"))
  }

  @Test(arguments: pages)
  func `the tests that a page names are there`(page: String) throws {
    let folder = ReadmeTests.root.appending(path: "Tests").path
    let sources = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".swift") }
      .map { try String(contentsOfFile: folder + "/" + $0, encoding: .utf8) }
    var isNaming = false
    var count = 0
    for line in try text(page).components(separatedBy: "\n") {
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
    if page == "threat-model.md" { #expect(count >= 25) }
  }

  @Test(arguments: pages)
  func `the links of a page lead somewhere`(page: String) throws {
    let folder = ReadmeTests.root.appending(path: "docs/\(page)").deletingLastPathComponent()
    for match in try text(page).matches(of: /\]\(([^)#\s]+)[^)]*\)/) {
      let target = String(match.1)
      if target.contains("://") { continue }
      #expect(
        FileManager.default.fileExists(atPath: folder.appending(path: target).path), "\(target)")
    }
  }
}
