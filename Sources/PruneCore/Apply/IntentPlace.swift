/// Where the journal's outcomes refer to a user: the number of an intent, and the user's position
/// among its users.
struct IntentPlace: Equatable {
  let intent: UInt32
  /// How many users the intent has.
  let size: Int
  let index: Int

  init(intent: UInt32, size: Int, index: Int) {
    precondition((0..<size).contains(index), "a user stands outside its intent")
    self.intent = intent
    self.size = size
    self.index = index
  }

  /// The outcome of this user alone.
  func outcome(_ outcome: UserOutcome, at time: Timestamp) -> JournalRecord {
    var users = [UserOutcome?](repeating: nil, count: size)
    users[index] = outcome
    return .outcome(.init(intent: intent, time: time, users: users))
  }
}
