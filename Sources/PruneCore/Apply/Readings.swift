/// What a response to a call that reads says about the users of its batch.
struct Readings {
  /// Users about whom it says something that lasts.
  private(set) var found: [(member: Batch.Member, finding: Finding)] = []
  /// Users whom the service throttled.
  private(set) var tooFast: [Batch.Member] = []
  /// Users to read again, with why they are not read.
  private var reasons: [(member: Batch.Member, reason: Finding.Unread)] = []

  /// Users to read again.
  var again: [Batch.Member] { reasons.map(\.member) }

  /// The same users by the reason, in the order of its first user.
  var membersByReason: [(reason: Finding.Unread, members: [Batch.Member])] {
    var groups: [(reason: Finding.Unread, members: [Batch.Member])] = []
    for (member, reason) in reasons {
      if let index = groups.firstIndex(where: { $0.reason == reason }) {
        groups[index].members.append(member)
      } else {
        groups.append((reason, [member]))
      }
    }
    return groups
  }

  /// Whether it lists the tags of a user, even if there are none: then the user exists.
  var findsTags: Bool { found.contains { if case .tags = $0.finding { true } else { false } } }

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
