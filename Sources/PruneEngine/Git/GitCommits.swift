/// Resolves a name to a commit.
extension GitRepository {
  /// The id of the only commit that a text names.
  func commit(_ text: String) throws(GitError) -> String {
    guard let ref = GitRef(text) else { throw .notARef(text) }
    let candidates = try candidates(of: ref)
    guard let chosen = candidates.first else { throw .unknownRef(ref.name) }
    guard candidates.allSatisfy({ $0.commit == chosen.commit }) else {
      throw .ambiguousRef(ref.name, candidates)
    }
    guard let commit = try peel(chosen.commit + ref.suffix) else { throw .noAncestor(text) }
    return ref.isMergeBase ? try mergeBase(of: commit, named: text) : commit
  }

  private func candidates(of ref: GitRef) throws(GitError) -> [GitCandidate] {
    if ref.isObjectID { return try candidates([ref.name]) }
    var names = try existing(ref.branches)
    if names.isEmpty, let tag = ref.tag, try !existing([tag]).isEmpty {
      // A person who may push a tag must not decide the meaning of a remote's branch.
      names = [tag] + (try remoteBranches(named: ref.name))
    }
    if ref.isSpecial { names.append(ref.name) }
    if ref.maybeBeginsID { names += try objects(beginning: ref.name) }
    return try candidates(names)
  }

  /// The branches of this name on remotes.
  private func remoteBranches(named name: String) throws(GitError) -> [String] {
    lines(
      try git.output(of: ["for-each-ref", "--format=%(refname)", "refs/remotes/*/\(name)"]))
  }

  /// The names that resolve to a commit.
  private func candidates(_ names: [String]) throws(GitError) -> [GitCandidate] {
    var candidates: [GitCandidate] = []
    for name in names {
      if let commit = try peel(name) { candidates.append(GitCandidate(name: name, commit: commit)) }
    }
    return candidates
  }

  /// The existing refs among these, in full.
  private func existing(_ refs: [String]) throws(GitError) -> [String] {
    // A name that ends like this is not a ref, and git would treat it as a pattern.
    let refs = refs.filter { !$0.hasSuffix("/") }
    if refs.isEmpty { return [] }
    let output = try git.output(of: ["for-each-ref", "--format=%(refname)"] + refs)
    let found = Set(lines(output))
    return refs.filter(found.contains)
  }

  private func objects(beginning prefix: String) throws(GitError) -> [String] {
    // Exits with an error if there is none.
    lines(try git.end(of: ["rev-parse", "--disambiguate=\(prefix)"]).output)
  }

  /// The commit that a git name resolves to; nil if there is none.
  private func peel(_ name: String) throws(GitError) -> String? {
    let ending = try git.end(of: ["rev-parse", "--verify", "--quiet", "\(name)^{commit}"])
    let found = lines(ending.output)
    guard ending.code == 0, found.count == 1 else { return nil }
    return found[0]
  }

  /// The commit that is checked out, whatever branches are called.
  func head() throws(GitError) -> String {
    guard let head = try peel("HEAD") else { throw .unknownRef("HEAD") }
    return head
  }

  /// The only merge base of a commit and the one that is checked out.
  func mergeBase(of commit: String, named text: String) throws(GitError) -> String {
    let head = try head()
    let ending = try git.end(of: ["merge-base", "--all", commit, head])
    let bases = lines(ending.output)
    switch (ending.code, bases.count) {
    case (0, 1): return bases[0]
    case (0, 2...): throw .severalMergeBases(text, bases)
    case (0, _), (1, _):
      let isShallow = try git.line(of: ["rev-parse", "--is-shallow-repository"]) == "true"
      throw .noMergeBase(text, isShallow: isShallow)
    default: throw .failed(command: "merge-base", words: ending.words)
    }
  }

  private func lines(_ output: [UInt8]) -> [String] {
    output.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }
}
