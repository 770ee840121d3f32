/// What an answer says of each user of a call. Users are told apart by their ids, never by their
/// order; of a user spoken of in two ways nothing is known.
struct Statements {
  private var byUser: [UserID: Answer.UserAnswer] = [:]
  private var contradicted: Set<UserID> = []
  /// Whether the answer says, or may say, something of other users: then its silence about one of
  /// the call's proves nothing.
  let mayNameOthers: Bool

  init(_ answer: Answer, about batch: Batch) {
    mayNameOthers = answer.mayNameOthers(than: Set(batch.ids))
    for user in answer.users {
      if let before = byUser.updateValue(user, forKey: user.id), before != user {
        contradicted.insert(user.id)
      }
    }
    for id in contradicted { byUser[id] = nil }
  }

  /// Whether it says nothing that can be used of any user.
  var isEmpty: Bool { byUser.isEmpty }

  /// The one thing that is said of a user; nil if there is none.
  subscript(id: UserID) -> Answer.UserAnswer? { byUser[id] }

  /// Whether a user is spoken of in two ways.
  func contradicts(_ id: UserID) -> Bool { contradicted.contains(id) }
}
