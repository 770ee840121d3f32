import PruneCore

extension Interview {
  private static let attempts = 6

  /// Removes every account that was imported, or may have been; returns those that may be left.
  ///
  /// It believes no removal that account_check does not confirm, unless the service says that there is
  /// no such account. It goes on after a signal, until `StopRule` stops it too.
  mutating func cleanUp() -> [UserID] {
    link.resume()
    // A call that was given up may import an account until the service's own time is over.
    if hasGivenUp { link.pause(Interval.seconds(4).nanoseconds) }
    let start = Instant(nanoseconds: link.nanoseconds)
    var left = imported
    for attempt in 1...Self.attempts where !left.isEmpty {
      if attempt > 1 { link.pause(Self.window.nanoseconds) }
      if !remove(&left, left) {
        // The call may be refused for one of its users.
        for id in left { _ = remove(&left, [id]) }
      }
      confirm(&left)
      let time = Instant(nanoseconds: link.nanoseconds) - start
      if link.stopSignal != nil || time > Self.cleanUpLimit { break }
    }
    return left
  }

  /// Removes accounts, and takes off the list those that do not exist; false if the call was refused.
  private mutating func remove(_ left: inout [UserID], _ ids: [UserID]) -> Bool {
    guard let answer = link.send([ContractCall(.deleteAccounts, ids)])[0].answer else {
      return true
    }
    var absent = Set(answer.users.filter { $0.code == ServiceCodes.absent }.map(\.id))
    if ids.count == 1, answer.code == ServiceCodes.absent { absent.insert(ids[0]) }
    left.removeAll(where: absent.contains)
    return answer.code.number == 0
  }

  /// Takes off the list what account_check reports as not imported.
  private mutating func confirm(_ left: inout [UserID]) {
    guard !left.isEmpty,
      let answer = link.send([ContractCall(.checkAccounts, left)])[0].answer
    else { return }
    let absent = Set(answer.users.filter { $0.isImported == false }.map(\.id))
    left.removeAll(where: absent.contains)
  }
}
