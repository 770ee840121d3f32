/// The policies that a command must enforce: none, or that of the flag, or of the environment, or both.
/// All of them hold, in addition to the manifest's guards.
package struct Policies: Equatable, Sendable {
  /// A policy and the files that it was read from.
  package struct Member: Equatable, Sendable {
    package let policy: Policy
    package private(set) var file: RuleFile
    /// The allowed signers, if the policy requires signatures.
    package private(set) var signers: RuleFile?

    package init(_ policy: Policy, _ file: RuleFile, signers: RuleFile?) {
      self.policy = policy
      self.file = file
      self.signers = signers
    }

    package var files: [RuleFile] { [file] + [signers].compactMap(\.self) }

    /// Marks the files at those paths that a pull request can change.
    package mutating func mark(isInWorkTree: (RuleFile) -> Bool) {
      file.isInWorkTree = isInWorkTree(file)
      if let file = signers { signers?.isInWorkTree = isInWorkTree(file) }
    }
  }

  package var members: [Member]

  package init(_ members: [Member]) {
    self.members = members
  }

  package static let none = Policies([])

  /// All files that they were read from.
  package var paths: [String] { members.flatMap(\.files).map(\.path) }

  /// The name of the first policy that forbids a practice; nil if none does.
  package func name(forbidding practice: Policy.Practice) -> String? {
    members.first { $0.policy.forbidden.contains(practice) }?.file.name
  }

  /// Those that require signatures.
  package var requiring: [(requirement: Policy.Requirement, member: Member)] {
    members.compactMap { member in member.policy.requirement.map { ($0, member) } }
  }

  /// The policy that keeps a run from being approved by a flag alone; nil if none does.
  package var nameForbiddingFlagAlone: String? {
    name(forbidding: .autoApprove) ?? requiring.first?.member.file.name
  }

  /// How long after a call without an answer a user may be sent again, in seconds.
  package func resendWithin(_ seconds: Int) -> Int {
    name(forbidding: .resend) == nil ? seconds : 0
  }

  // MARK: - Protected users

  /// A protected entry, counted over all policies, and its policy.
  func entry(at index: UInt16) -> (pattern: String, policy: String) {
    var index = Int(index)
    for member in members {
      let protected = member.policy.protected
      if index < protected.count { return (protected[index].text, member.file.name) }
      index -= protected.count
    }
    preconditionFailure("no policy has this entry")
  }

  /// The first of these users whom a policy protects, and by which entry.
  package func protected(
    among users: some Sequence<UserID>
  ) -> (id: UserID, pattern: String, policy: String)? {
    let protection = PolicyProtection(self)
    for id in users {
      guard let index = protection.match(id) else { continue }
      let entry = entry(at: index)
      return (id, entry.pattern, entry.policy)
    }
    return nil
  }

  // MARK: - Judging

  /// Why an app, as the manifest has it, is not to be touched at all.
  package func refusals(of app: App) -> [PolicyRefusal] {
    members.flatMap { member in
      var refusals: [PolicyRefusal] = []
      if let apps = member.policy.apps, !apps.contains(app.id) {
        refusals.append(.app(app.id, policy: member.file.name))
      }
      if case .endpoint(let url) = app.location, member.policy.forbidden.contains(.endpoint) {
        refusals.append(.endpoint(url, policy: member.file.name))
      }
      return refusals
    }
  }

  /// Why a plan with these numbers of users is refused.
  func refusals(of app: App, removals: Int, clears: Int) -> [PolicyRefusal] {
    var refusals = refusals(of: app)
    for member in members {
      let policy = member.policy
      for (operation, planned, limit) in [
        (Operation.removeAccount, removals, policy.maxRemovals),
        (.clearTags, clears, policy.maxClears),
      ] {
        guard let limit, planned > limit else { continue }
        refusals.append(
          .cap(operation, planned: planned, limit: limit, policy: member.file.name))
      }
    }
    return refusals
  }
}

/// Which ids the policies protect.
struct PolicyProtection {
  /// The entries of each policy, and the index of its first.
  private let patterns: [(first: UInt16, index: PatternIndex)]

  init(_ policies: Policies) {
    var first: UInt16 = 0
    patterns = policies.members.map { member in
      let texts = member.policy.protected.map(\.text)
      defer { first += UInt16(clamping: texts.count) }
      return (first, PatternIndex(texts))
    }
  }

  /// The index of the entry that protects an id, counted over all policies.
  func match(_ id: UserID) -> UInt16? {
    var steps = 0
    return match(id, &steps)
  }

  /// As above; counts comparisons.
  func match(_ id: UserID, _ steps: inout Int) -> UInt16? {
    for (first, index) in patterns {
      if let number = index.firstMatch(of: id, &steps) { return first + number }
    }
    return nil
  }
}
