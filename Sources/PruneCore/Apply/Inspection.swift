/// Users to read without changing them, and what the service holds for each: a refresh.
///
/// It owns the order of reading, clears first, and one finding for each user. A user is taken for
/// reading at most once, and keeps the finding `unread` until a response says something else.
package struct Inspection: Sendable {
  /// How many indices there are, whether their users are read or not.
  package let count: Int
  /// How many users are to be read.
  let total: Int
  /// The user at an index, and for which operation: the tags for a clear, the account for a removal;
  /// nil if it is not to be read.
  private let subject: @Sendable (Int) -> RecordKey?
  /// By index.
  package private(set) var findings: [Finding]
  /// For how many users it is settled what is found.
  package private(set) var settled = 0
  private var operation = Operation.clearTags
  private var cursor = 0

  package init(count: Int, subject: @escaping @Sendable (Int) -> RecordKey?) {
    self.count = count
    self.subject = subject
    total = (0..<count).count { subject($0) != nil }
    findings = Array(repeating: .unread(.notReached), count: count)
  }

  /// No users: every run but a refresh.
  static let none = Inspection(count: 0) { _ in nil }

  /// The next users to read in one call; nil if all were taken.
  mutating func nextBatch() -> Batch? {
    while true {
      var batch = Batch(purpose: .inspection, call: Call(resolving: operation), members: [])
      while cursor < count, batch.members.count < Call.maxUsers {
        if let subject = subject(cursor), subject.operation == operation {
          batch.members.append(.init(id: subject.id, revision: .first, index: cursor))
        }
        cursor += 1
      }
      if !batch.members.isEmpty { return batch }
      guard operation == .clearTags else { return nil }
      operation = .removeAccount
      cursor = 0
    }
  }

  /// Notes what a response says about a user.
  mutating func note(_ member: Batch.Member, _ finding: Finding) {
    precondition(
      findings[member.index] == .unread(.notReached), "a user is read twice")
    findings[member.index] = finding
    settled += 1
  }
}

/// What the service holds for a user.
package enum Finding: Equatable, Sendable {
  /// The account exists.
  case exists
  /// No account has the id.
  case absent
  /// The account exists and has this many tags.
  case tags(Int32)
  /// It is not known.
  case unread(Unread)

  /// Why a user was not read.
  package enum Unread: Equatable, Sendable {
    /// The service refused to show the user, with this code.
    case refused(ServiceCode)
    /// The service throttled the user until the refresh gave up.
    case throttled
    /// No attempt got a usable response.
    case noResponse
    /// The refresh stopped before.
    case notReached
  }

  /// What a response to a reading call says about a user; nil if it says nothing usable.
  init?(_ said: Answer.UserAnswer?, _ call: Call) {
    guard let said else { return nil }
    if call == .readTags, ServiceCodes.meansAbsent(said.code) {
      self = .absent
    } else if said.code.number != 0 {
      self = .unread(.refused(said.code))
    } else if call == .readTags, let tags = said.tags {
      self = .tags(Int32(clamping: tags.count))
    } else if call == .checkAccounts, let isImported = said.isImported {
      self = isImported ? .exists : .absent
    } else {
      return nil
    }
  }
}
