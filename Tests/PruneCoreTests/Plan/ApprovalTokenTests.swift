import PruneCore
import TestSupport
import Testing

/// What a token means, and which texts are one.
@Suite struct ApprovalTokenTests {
  private func plan(removing ids: String) throws -> Plan {
    try makePlan(
      expectManifest(manifest(users: "{ids: [\(ids)], account: absent}")),
      WholeState(
        header: StateHeader(
          app: try #require(SDKAppID(1_400_000_000)), service: .live, lineage: Lineage(1)),
        records: []))
  }

  /// Found by trying lists for seven seconds on one core.
  @Test func `lists whose digests share 48 bits have different tokens`() throws {
    let both = "anna.k, boris, chen_wei, dmitri, elena, farid, grace.o, hiro, ines, jonas"
    let one = try plan(removing: both + ", user_0869, visitor_5803")
    let other = try plan(removing: both + ", user_0195, visitor_3326")
    #expect(one.digest().description.hasPrefix("189c2cdd8a85"))
    #expect(other.digest().description.hasPrefix("189c2cdd8a85"))
    #expect(ApprovalToken(one) != ApprovalToken(other))
    #expect(ApprovalToken(one).description != ApprovalToken(other).description)
  }

  private static let text = "340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b62"

  @Test func `a token round-trips through its text`() throws {
    let token = try #require(ApprovalToken(Self.text))
    #expect((token.removals, token.clears) == (340, 1200))
    #expect(token.digest == "7f3a9c01d2e4b58806c1f7d09a3e5b62")
    #expect(token.description == Self.text)
  }

  @Test(arguments: [
    " \(text)", "\(text)\n", "\u{A0}\(text)\r\n\t", text.uppercased(), text,
  ])
  func `a pasted token may have surrounding whitespace and capitals`(pasted: String) {
    #expect(ApprovalToken(pasted: pasted) == ApprovalToken(Self.text))
    #expect(!ApprovalToken.isFormer(pasted))
  }

  @Test(arguments: [
    "", " ", "340r", text + "0", String(text.dropLast()), "-\(text)", "0\(text)", "+\(text)",
    text.replacing("r-", with: "r -"), text.replacing("7f", with: "7g"), "\(text) \(text)",
    "`\(text)`", "9223372036854775808r-0c-7f3a9c01d2e4b58806c1f7d09a3e5b62",
    "340r-1200c-7f3a9c01d2e4b58806c1f7d09a3e5b６２",
  ])
  func `any other text is not a token`(text: String) {
    #expect(ApprovalToken(pasted: text) == nil)
    #expect(!ApprovalToken.isFormer(text))
  }

  @Test func `a token of twelve digits is recognized as the old format`() {
    for text in ["340r-1200c-7f3a9c01d2e4", " 0R-1C-7F3A9C01D2E4\n"] {
      #expect(ApprovalToken.isFormer(text))
      #expect(ApprovalToken(pasted: text) == nil)
    }
    #expect(!ApprovalToken.isFormer("340r-1200c-7f3a9c01d2e"))
  }
}
