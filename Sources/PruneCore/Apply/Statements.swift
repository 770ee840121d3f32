/// What a response says about each user of a call. Users are identified by their ids, never by
/// their order; a user with contradictory results is unknown.
struct Statements {
  private var byUser: [UserID: Answer.UserAnswer] = [:]
  private var contradicted: Set<UserID> = []
  /// Whether the response says, or may say, something about other users: then a user of the call
  /// who is not listed proves nothing.
  let mayNameOthers: Bool

  init(_ answer: Answer, about batch: Batch) {
    mayNameOthers = answer.mayNameOthers(than: Set(batch.ids))
    byUser.reserveCapacity(min(answer.users.count, Call.maxUsers))
    for user in answer.users {
      if let before = byUser.updateValue(user, forKey: user.id), before != user {
        contradicted.insert(user.id)
      }
    }
    for id in contradicted { byUser[id] = nil }
  }

  /// Whether it has no usable result for any user.
  var isEmpty: Bool { byUser.isEmpty }

  /// A user's result; nil if there is none, or if there are contradictory ones.
  subscript(id: UserID) -> Answer.UserAnswer? { byUser[id] }

  /// Whether a user has contradictory results.
  func contradicts(_ id: UserID) -> Bool { contradicted.contains(id) }
}
