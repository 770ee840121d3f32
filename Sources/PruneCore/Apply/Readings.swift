/// What a response to a call that reads says about the users of its batch.
struct Readings {
  /// Users about whom it says something that lasts.
  private(set) var found: [(member: Batch.Member, finding: Finding)] = []
  /// Users whom the service throttled.
  private(set) var tooFast: [Batch.Member] = []
  /// Users to read again, with why they are not read.
  private(set) var reasons: [(member: Batch.Member, reason: Finding.Unread)] = []

  var again: [Batch.Member] { reasons.map(\.member) }

  init(_ said: Statements, of batch: Batch) {
    for member in batch.members {
      let user = said[member.id]
      switch user.map({ ServiceCodes.meaning(of: $0.code, for: batch.call) }) {
      case .throttled?: tooFast.append(member)
      case .transient?: reasons.append((member, Self.reason(user)))
      default:
        if let finding = Finding(user, batch.call) {
          found.append((member, finding))
        } else {
          reasons.append((member, Self.reason(user)))
        }
      }
    }
  }

  private static func reason(_ user: Answer.UserAnswer?) -> Finding.Unread {
    guard let code = user?.code, code.number != 0 else { return .noResponse }
    return .refused(code)
  }
}
