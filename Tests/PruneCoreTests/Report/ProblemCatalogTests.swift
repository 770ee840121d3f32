import PruneCore
import TestSupport
import Testing

/// The codes of problems, which other programs keep, and their documentation.
@Suite struct ProblemCatalogTests {
  /// Every code that was ever released. Add new ones; a code that is gone closes alerts, and a renamed one
  /// also opens them again.
  private static let released = """
    invalid-yaml invalid-text invalid-line-break nested-too-deep value-too-long file-too-large read-error
    out-of-memory unreadable-manifest empty-manifest several-documents unresolved-merge
    alias-not-supported tag-not-supported unknown-key duplicate-key invalid-key missing-key wrong-type
    invalid-value unsupported-version two-locations invalid-endpoint entry-without-user
    entry-with-two-sources entry-without-operation contradictory-entry contradictory-entries
    too-many-users duplicate-entry two-reasons case-twins ambiguous-id missing-id id-on-several-lines
    invalid-id not-nfc unusual-id invalid-reason list-not-found list-outside-folder list-not-a-file
    list-too-large list-not-readable empty-list lists-too-large invalid-path too-many-lists
    comment-next-to-id not-a-bare-id number-like placeholder header-like missing-column duplicate-column
    wrong-field-count open-quote text-after-quote quote-in-field row-too-long hidden-character
    invalid-column unclear-protected-entry too-many-protected too-many-inner-globs near-protected
    literal-glob protected administrator calling-admin reserved-prefix expect-removals expect-clears
    removals-need-edition clears-need-tag-push tags-below-ultimate tag-rights-unknown empty-policy
    policy-without-rule missing-value
    """

  @Test func `the codes are those that were released`() {
    let codes = ProblemCode.allCases.map(\.rawValue)
    #expect(codes == Self.released.split(whereSeparator: \.isWhitespace).map(String.init))
    #expect(Set(codes).count == codes.count)
    for code in codes {
      #expect(code.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "-") }, "\(code)")
    }
  }

  @Test func `every code has a summary and a help text`() {
    for code in ProblemCode.allCases {
      #expect(code.summary.first?.isUppercase == true && code.summary.last != ".")
      #expect(code.help.hasSuffix(".") && code.help.count >= 30, "\(code)")
      // No help is another one's, or only the summary again.
      #expect(code.help != code.summary + ".")
      // SARIF would read these as placeholders and links.
      #expect(!code.help.contains("{") && !code.help.contains("]("))
    }
    #expect(Set(ProblemCode.allCases.map(\.help)).count == ProblemCode.allCases.count)
  }

  @Test func `the guards of a manifest report only what the catalog has`() {
    let codes = Set(ProblemCode.ofManifests.map(\.rawValue))
    let refusals: [Refusal] = [
      .expectation(.removeAccount, expected: 1, found: 2),
      .expectation(.clearTags, expected: 1, found: 2), .removalsNeedEdition(.pro),
      .clearsNeedTagPush(.pro),
    ]
    let cautions: [Caution] = [.tagsBelowUltimate(.pro), .tagRightsUnknown]
    let blocks: [Block] = [.protected(0), .administrator, .callingAdmin, .reservedPrefix]
    #expect(refusals.allSatisfy { codes.contains(GuardWords.code(of: $0)) })
    #expect(cautions.allSatisfy { codes.contains(GuardWords.code(of: $0)) })
    #expect(blocks.allSatisfy { codes.contains(GuardWords.code(of: $0)) })
  }

  @Test func `the severity of a reported problem is that of its code`() {
    let reading = readManifest(
      manifest(
        guards: "{protected: [ops_bot, 'ops_.*']}",
        users: "{ids: [ops_bat, Ops_bat, ops_bat, zoë, 007], account: absent}", "{id: a}",
        "{ids_from: f, account: absent}"),
      lists: ["f": .text("UserID\nNULL\n1.0\n a\nb,c\n")])
    #expect(reading.diagnostics.kept.count == 8)
    for problem in reading.diagnostics.kept {
      #expect(problem.severity == problem.code.severity, "\(problem)")
    }
  }

  // MARK: - The page

  @Test func `the page of the handbook lists every problem`() throws {
    if Fixture.isRecording {
      try Fixture.write(Array(Self.page.utf8), to: "../../docs/problems.md")
    }
    #expect(try Fixture.bytes("../../docs/problems.md") == Array(Self.page.utf8))
  }

  private static var page: String {
    let policies = ProblemCode.allCases.filter { !ProblemCode.ofManifests.contains($0) }
    return """
      # Problems

      This page lists every problem that `validate` and `plan` report in a manifest and its lists, by code.
      A code stays the same in all versions. In [machine-readable output](machine-readable-output.md), a problem
      has its code and the place in the file. On a terminal, only [warnings](manifest.md#warnings) show their code.

      <!-- Made from Sources/PruneCore/Messages; RECORD=1 swift test --filter ProblemCatalogTests writes it. -->

      ## Errors

      \(table(ProblemCode.ofManifests.filter { $0.severity == .error }))

      ## Warnings

      `--strict` makes them errors, except `tags-below-ultimate` and `tag-rights-unknown`.

      \(table(ProblemCode.ofManifests.filter { $0.severity == .warning }))

      ## Policies

      A policy is read as strictly as a manifest. In addition:

      \(table(policies))

      """
  }

  private static func table(_ codes: [ProblemCode]) -> String {
    "| code | problem | meaning, and what to do |\n|---|---|---|\n"
      + codes.map { "| `\($0.rawValue)` | \($0.summary) | \(cell($0.help)) |" }
      .joined(separator: "\n")
  }

  /// A help text as Markdown: outside of code, `*` and `_` are characters.
  private static func cell(_ text: String) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
    return parts.enumerated().map { index, part in
      index % 2 == 1 ? part : part.replacing("*", with: "\\*").replacing("_", with: "\\_")
    }.joined(separator: "`")
  }
}
