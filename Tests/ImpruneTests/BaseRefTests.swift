import Foundation
import TestSupport
import Testing

/// Which commit `plan --base` compares with.
@Suite struct BaseRefTests {
  let tree: WorkTree
  /// A commit that asks for user_1, and one that also asks for user_2.
  let (first, second): (String, String)

  init() throws {
    tree = try WorkTree(TemporaryWorkspace())
    try tree.writeManifest(ids: "user_1")
    first = try tree.commit()
    try tree.writeList(["user_1", "user_2"])
    second = try tree.commit()
  }

  @Test func `a base can be a branch, a tag, a commit or an ancestor of one`() throws {
    try tree.git("tag", "--annotate", "--message", "m", "v1", "HEAD~1")
    try tree.git("update-ref", "refs/remotes/origin/main", first)
    try tree.git("update-ref", "refs/remotes/far/topic", first)
    try tree.git("symbolic-ref", "refs/remotes/far/HEAD", "refs/remotes/far/topic")
    for base in [
      "main~1", "HEAD^", "@~", "v1", "v1^{commit}", "v1^{}", "tags/v1", "refs/tags/v1", first,
      String(first.prefix(8)), String(first.prefix(8)).uppercased(), "origin/main", "far",
      "remotes/origin/main", "refs/remotes/origin/main",
    ] {
      try tree.expectChange(1, base: base)
    }
    for base in ["main", "HEAD", "@", "heads/main", "refs/heads/main", second] {
      try tree.expectChange(0, base: base)
    }
  }

  @Test func `a tag with the name of a branch does not hide the branch`() throws {
    try tree.git("tag", "main", second)
    try tree.git("update-ref", "refs/heads/main", first)
    try tree.git("update-ref", "refs/remotes/origin/main", first)
    try tree.git("tag", "origin/main", second)
    try tree.git("checkout", "--quiet", "--detach", second)
    try tree.expectChange(1, base: "main")
    try tree.expectChange(1, base: "origin/main")
    try tree.expectChange(0, base: "tags/main")
  }

  @Test func `a tag does not stand in for a branch that only the remote has`() throws {
    try tree.git("checkout", "--quiet", "--detach", second)
    try tree.git("branch", "--quiet", "--delete", "--force", "main")
    try tree.git("update-ref", "refs/remotes/origin/main", first)
    try tree.git("tag", "main", second)
    try tree.expectNoPlan(
      base: "main", saying: "refs/tags/main (\(second))", "refs/remotes/origin/main (\(first))")
    try tree.expectChange(1, base: "origin/main")
    try tree.expectChange(0, base: "refs/tags/main")
  }

  @Test func `a name of several commits is refused, and each commit is listed`() throws {
    try tree.git("update-ref", "refs/remotes/origin/main", first)
    try tree.git("update-ref", "refs/heads/origin/main", second)
    try tree.expectNoPlan(
      base: "origin/main", saying: "is ambiguous",
      "refs/heads/origin/main (\(second))",
      "refs/remotes/origin/main (\(first))")
    // A branch that looks like an abbreviated commit id.
    let short = String(first.prefix(7))
    try tree.git("update-ref", "refs/heads/\(short)", second)
    try tree.expectNoPlan(
      base: short, saying: "refs/heads/\(short) (\(second))", "\(first) (\(first))")
    try tree.git("update-ref", "refs/heads/HEAD", first)
    try tree.expectNoPlan(base: "HEAD", saying: "refs/heads/HEAD (\(first))", "HEAD (\(second))")
    // Several names of one commit count as one.
    try tree.git("update-ref", "refs/heads/origin/main", first)
    try tree.expectChange(1, base: "origin/main")
  }

  @Test func `an ambiguous abbreviated commit id is refused`() throws {
    // Two commits whose ids begin with the same four digits: there are 65,536 such prefixes.
    let stem = ["commit-tree", "HEAD^{tree}", "-m"]
    var commits: [String: String] = [:]
    var same: (String, String)?
    for number in 0..<3000 where same == nil {
      let process = try ChildProcess(
        "/usr/bin/git", stem + ["\(number)"], in: tree.place.folder,
        environment: [
          "PATH": "/usr/bin", "GIT_AUTHOR_DATE": "1700000000 +0000",
          "GIT_COMMITTER_DATE": "1700000000 +0000", "GIT_CONFIG_GLOBAL": "/dev/null",
        ])
      let commit = process.end().out.trimmingCharacters(in: .newlines)
      if let other = commits.updateValue(commit, forKey: String(commit.prefix(4))) {
        same = (other, commit)
      }
    }
    let (one, other) = try #require(same)
    try tree.expectNoPlan(
      base: String(one.prefix(4)), saying: "is ambiguous", one, other)
  }

  @Test(arguments: [
    "", "main..HEAD", "main...HEAD", "main:app/imprune.yaml", ":/change", "main^{tree}", "m*",
    "...",
    "main^{/change}",
  ])
  func `a name that is not exactly one commit is refused`(base: String) throws {
    let result = try tree.plan(base: base)
    #expect(result.code == (base.isEmpty ? 64 : 1))
    if !base.isEmpty { #expect(result.error.contains("does not name one commit")) }
  }

  @Test func `a name that does not exist is refused`() throws {
    for base in [
      "nowhere", "main~7", "-x", "--output=x", "HEAD^2", String(repeating: "1", count: 40),
    ] {
      try tree.expectNoPlan(base: base, saying: "cannot read the base at \(base)")
    }
    #expect(!tree.place.names.contains("x"))
    // A tag of an object that is not a commit.
    try tree.git("tag", "blob", try tree.git("rev-parse", "HEAD:app/leavers.txt"))
    try tree.expectNoPlan(base: "blob", saying: "This clone has no branch, tag or commit `blob`")
  }

  @Test func `three dots compare with the merge base`() throws {
    try tree.git("checkout", "--quiet", "-b", "topic", first)
    try tree.writeList(["user_1", "user_3"])
    try tree.commit()
    // Main asks for user_2 in the meantime, and no longer for user_1.
    try tree.git("checkout", "--quiet", "main")
    try tree.writeList(["user_2"])
    try tree.commit()
    try tree.git("checkout", "--quiet", "topic")
    try tree.expectChange(2, base: "main")
    try tree.expectChange(1, base: "main...")
    try tree.expectChange(1, base: "refs/heads/main...")
    try tree.git("branch", "--quiet", "--set-upstream-to", "main")
    try tree.expectChange(1, base: "@{upstream}...")
  }

  @Test func `a base without exactly one merge base is refused`() throws {
    try tree.git("checkout", "--quiet", "--orphan", "alone")
    try tree.commit()
    try tree.expectNoPlan(base: "main...", saying: "have no common ancestor. Compare with a file")
    // Each of two branches has merged the other.
    try tree.git("checkout", "--quiet", "-b", "left", first)
    let left = try tree.commit()
    try tree.git("checkout", "--quiet", "-b", "right", first)
    let right = try tree.git("commit-tree", "HEAD^{tree}", "-p", first, "-m", "right")
    try tree.git("reset", "--quiet", "--hard", right)
    try tree.git("merge", "--quiet", "-m", "m", left)
    try tree.git("checkout", "--quiet", "left")
    try tree.git("merge", "--quiet", "-m", "m", right)
    try tree.expectNoPlan(base: "right...", saying: "have several merge bases", left, right)
  }

  @Test func `a shallow clone without the history has a message that says so`() throws {
    try tree.git("checkout", "--quiet", "-b", "topic", first)
    try tree.commit()
    let clone = "clone"
    try tree.git(
      "clone", "--quiet", "--depth", "1", "--no-single-branch", "file://" + tree.place.folder,
      tree.place.path(clone))
    let shallow = try WorkTree(tree.place, folder: clone)
    try shallow.expectNoPlan(
      base: "origin/main...", saying: "is shallow", "git fetch --unshallow")
    try shallow.expectNoPlan(base: "origin/main~1", saying: "no commit `origin/main~1`")
  }

  @Test func `commits are read without the clone's replacement refs`() throws {
    try tree.git("replace", first, second)
    try tree.expectChange(1, base: "main~1")
    try tree.write(".git/info/grafts", "\(second)\n")
    try tree.expectChange(1, base: "main~1")
  }
}
