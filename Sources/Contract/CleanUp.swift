import PruneCore

extension Interview {
  private static let absent: Int32 = 70107
  private static let attempts = 6

  /// Removes every account that was imported, or may have been; returns those that may be left.
  ///
  /// It goes on after a signal; a second signal ends the process.
  mutating func cleanUp() -> [UserID] {
    link.resume()
    // A call that was given up may import an account until the service's own time is over.
    if hasGivenUp { link.pause(Interval.seconds(4).nanoseconds) }
    let start = Instant(nanoseconds: link.nanoseconds)
    var left = imported
    for attempt in 1...Self.attempts where !left.isEmpty {
      if attempt > 1 { link.pause(Self.window.nanoseconds) }
      remove(&left, left)
      // A call may be refused for one of its users.
      for id in left where attempt > 1 { remove(&left, [id]) }
      if Instant(nanoseconds: link.nanoseconds) - start > Self.cleanUpLimit { break }
    }
    return left
  }

  private mutating func remove(_ left: inout [UserID], _ ids: [UserID]) {
    guard let answer = link.send([ContractCall(.deleteAccounts, ids)])[0].answer else { return }
    if ids.count == 1, answer.code.number == Self.absent { left.removeAll { $0 == ids[0] } }
    for item in answer.users where [0, Self.absent].contains(item.code.number) {
      left.removeAll { $0 == item.id }
    }
  }
}
