internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// Injects faults into a run at one of its steps.
extension Simulation {
  func inject(_ faultPlan: FaultPlan, _ step: Int) throws {
    if let externalChange = faultPlan.externalChange, externalChange.step == step, !journal.isEmpty
    {
      try changeFiles(externalChange.kind)
    }
    // Earlier effects of the service come first.
    try letServiceAct()
    if let sleep = faultPlan.sleep, sleep.step == step {
      note("the machine sleeps for \(sleep.seconds) s")
      clock.sleep(.seconds(sleep.seconds))
      service.hasten(by: .seconds(sleep.seconds))
      try letServiceAct()
    }
    if let often = faultPlan.registrations, random.oneIn(often) {
      let entries = manifest.entries.list
      if !entries.isEmpty { register(entries[random.below(entries.count)].id) }
    }
  }

  /// Lets calls in flight take effect.
  func letServiceAct() throws {
    service.advance(to: clock.now)
    for id in service.justRemoved {
      note("service \(id) is removed")
      try ledger.removed(id, at: wall, window: settings.resendWithin)
    }
    service.justRemoved = []
  }

  private func changeFiles(_ kind: ExternalChange) throws {
    note("external change: \(kind)")
    let externalProcess = ExternalProcess(kind, stored.disk, stored.files)
    try externalProcess.act()
    // The history may take over the other process's changes only when they are done.
    if externalProcess.hasTakenLock || kind == .copiesState {
      stored.history.replace(try stored.recordsAlone(), serial: try stored.serial() ?? 0)
    }
    self.externalProcess = externalProcess
  }

  /// Someone registers under a free id, or gets tags.
  private func register(_ id: UserID) {
    let isNew = !service.accounts.contains(id)
    service.register(id, at: clock.awake, isTagged: random.oneIn(2))
    guard isNew else { return }
    note("service \(id) is registered again")
    ledger.registered(id, at: wall)
  }
}
