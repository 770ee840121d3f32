/// The ramp of an operation: batches of 1, 10, then 100, each waiting for the one before.
struct Ramp {
  private static let sizes = [1, 10, Call.maxUsers]
  private var step = 0

  var size: Int { Self.sizes[step] }
  /// Whether only one batch may be under way.
  var isSingle: Bool { step < Self.sizes.count - 1 }

  /// Users met so far, and how many of them were absent already.
  private var users = 0
  private var absent = 0

  /// Whether all users so far, and more than one, were absent: the app or the ids may be wrong.
  var metOnlyAbsent: Bool { absent > 1 && absent == users }

  /// Notes what became of the users of the batch under way.
  mutating func answered(by outcomes: [UserOutcome]) {
    users += outcomes.count
    absent += outcomes.count { $0 == .done(.alreadyAbsent) }
    if isSingle { step += 1 }
  }
}
