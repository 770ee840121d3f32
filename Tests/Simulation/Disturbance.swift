internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// What befalls a run from outside, at one of its steps.
extension Simulation {
  func befall(_ trouble: Trouble, _ step: Int) throws {
    if let tampering = trouble.tampering, tampering.step == step, !journal.isEmpty {
      try tamper(tampering.kind)
    }
    // What the service did before comes before.
    try letServiceAct()
    if let sleep = trouble.sleep, sleep.step == step {
      note("the machine sleeps for \(sleep.seconds) s")
      clock.sleep(.seconds(sleep.seconds))
      service.hasten(by: .seconds(sleep.seconds))
      try letServiceAct()
    }
    if let often = trouble.registrations, dice.oneIn(often) {
      let entries = manifest.entries.list
      if !entries.isEmpty { register(entries[dice.below(entries.count)].id) }
    }
  }

  /// Lets what is under way have its effect.
  func letServiceAct() throws {
    service.advance(to: clock.now)
    for id in service.justRemoved {
      note("service \(id) is removed")
      try ledger.removed(id, at: wall, window: settings.resendWithin)
    }
    service.justRemoved = []
  }

  private func tamper(_ kind: Tampering) throws {
    note("tampering: \(kind)")
    let tamperer = Tamperer(kind, kept.disk, kept.files)
    try tamperer.act()
    // What the thief does may be read back only when it is done.
    if tamperer.isThief || kind == .copiesState {
      kept.history.replace(try kept.recordsAlone(), serial: try kept.serial() ?? 0)
    }
    self.tamperer = tamperer
  }

  /// Somebody registers under an id, if it is nobody's, or gets tags.
  private func register(_ id: UserID) {
    let isNew = !service.accounts.contains(id)
    service.register(id, at: clock.awake, isTagged: dice.oneIn(2))
    guard isNew else { return }
    note("service \(id) is registered anew")
    ledger.registered(id, at: wall)
  }
}
