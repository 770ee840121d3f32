/// The ramp of an operation: batches of 1, 10, then 100, each waiting for the one before.
struct Ramp {
  private static let sizes = [1, 10, Call.maxUsers]
  private var step = 0

  var size: Int { Self.sizes[step] }
  /// Whether only one batch may be in flight.
  var isSingle: Bool { step < Self.sizes.count - 1 }

  /// Notes that the batch in flight completed at least one user.
  mutating func answered() {
    if isSingle { step += 1 }
  }
}
