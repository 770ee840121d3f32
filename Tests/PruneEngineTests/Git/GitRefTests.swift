import Testing

@testable import PruneEngine

/// Which texts name one commit, and what they may mean.
@Suite struct GitRefTests {
  @Test(arguments: [
    ("main", "main", "", false), ("origin/main...", "origin/main", "", true),
    ("main~1", "main", "~1", false), ("v1.0^{commit}~2^2...", "v1.0", "^{commit}~2^2", true),
    ("@", "HEAD", "", false), ("@~3", "HEAD", "~3", false),
    ("@{upstream}...", "@{upstream}", "", true),
    ("HEAD@{1}^", "HEAD@{1}", "^", false), ("refs/heads/a", "refs/heads/a", "", false),
    ("-x", "-x", "", false), ("grün", "grün", "", false),
  ])
  func `a name is separated from its suffix`(
    text: String, name: String, suffix: String, isMergeBase: Bool
  ) throws {
    let ref = try #require(GitRef(text))
    #expect(ref.name == name)
    #expect(ref.suffix == suffix)
    #expect(ref.isMergeBase == isMergeBase)
  }

  @Test(arguments: [
    "", "...", "~1", "^main", "main..other", "main...other", "main:imprune.yaml", ":/fix", ":0:x",
    "main^{/fix}", "main^{tree}", "main@{1}", "a b", "a*", "a?", "[a]", "a\\b", "a\nb", "main~x",
    "main...~1", "main.. ",
  ])
  func `a range, a path, a search or a pattern is not a commit name`(text: String) {
    #expect(GitRef(text) == nil)
  }

  @Test func `a name is looked up among branches first, and a full name only as it is`() throws {
    let main = try #require(GitRef("main"))
    #expect(
      main.branches
        == ["refs/main", "refs/heads/main", "refs/remotes/main", "refs/remotes/main/HEAD"])
    #expect(main.tag == "refs/tags/main")
    let full = try #require(GitRef("refs/tags/main"))
    #expect(full.branches == ["refs/tags/main"])
    #expect(full.tag == nil)
  }

  @Test func `a name of hex digits may be a full or abbreviated id`() throws {
    #expect(try #require(GitRef("abcd")).maybeBeginsID)
    #expect(try #require(GitRef("ABCDEF0")).maybeBeginsID)
    #expect(try !#require(GitRef("abc")).maybeBeginsID)
    #expect(try !#require(GitRef("abcdefg")).maybeBeginsID)
    let id = try #require(GitRef(String(repeating: "0a", count: 20)))
    #expect(id.isObjectID && !id.maybeBeginsID)
    #expect(try #require(GitRef("FETCH_HEAD")).isSpecial)
    #expect(try !#require(GitRef("main")).isSpecial)
  }
}
