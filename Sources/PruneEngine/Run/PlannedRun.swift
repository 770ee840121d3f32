package import PruneCore

/// A plan to perform, as guards and user have approved it, against the state that it was made from.
/// The caller holds the lock and has recovered any journal.
package struct PlannedRun: Sendable {
  let plan: Plan
  let run: RunID
  /// The header of the state.
  let state: StateHeader
  /// The state's file as the plan saw it.
  let seen: FileStatus?
  let files: StateFiles
  let lock: StateLock

  package init(
    _ plan: Plan, as run: RunID, state: StateHeader, seen: FileStatus?, _ files: StateFiles,
    _ lock: StateLock
  ) {
    self.plan = plan
    self.run = run
    self.state = state
    self.seen = seen
    self.files = files
    self.lock = lock
  }

  var header: JournalHeader {
    JournalHeader(
      app: state.app, service: state.service, lineage: state.lineage, serial: state.serial,
      run: run, digest: plan.continued()?.digest ?? plan.digest())
  }
}

/// The order of every run, in any world.
extension Applier {
  /// Performs a plan: creates the run's journal, lets the machine decide until the run is over, and
  /// folds the journal into the state.
  ///
  /// `journal` creates the writer for the run's files, and `world` the place where the run happens;
  /// it must ask that writer before every send.
  package static func run<Place: World>(
    _ planned: PlannedRun, _ settings: ApplyMachine.Settings, seed: () -> UInt64 = randomNumber,
    journal: (RunFiles) -> JournalWriter,
    in world: (JournalWriter) throws(Place.Failure) -> Place,
    watch: (ApplyMachine.Progress) -> Void = { _ in }
  ) throws(RunFailure<Place.Failure>) -> Ended {
    let files = try attempt(
      StateStore.beginRun(planned.files, planned.header, planned.lock, seen: planned.seen),
      orThrow: RunFailure<Place.Failure>.store)
    let journal = journal(files)
    let seed = seed()
    let result: RunResult
    do throws(Place.Failure) {
      var world = try world(journal)
      result = try drive(planned.plan, settings, seed: seed, in: &world, watch: watch)
    } catch {
      throw .broken(error)
    }
    var ended = Ended(
      result: result, files: files, copy: journal.copy, tagFile: journal.endTags())
    if let loss = ended.tagFile?.loss, !ended.result.hasLostFile {
      ended.result.stop = loss.stop
    }
    do throws(StateStoreError) {
      try StateStore.finishRun(&ended)
    } catch {
      if case .journalLeft(_, let error) = error { throw .journalLeft(ended, error) }
      ended.result.stop = ended.result.stop ?? .unsaved
      throw .unsaved(
        ended, cause: error, records: StateStore.changedRecords(files, ended.copy))
    }
    return ended
  }

  /// Reads users for a refresh of a plan; returns the result, and what was found.
  package static func refresh<Place: World>(
    _ plan: Plan, _ inspection: Inspection, _ settings: ApplyMachine.Settings, seed: UInt64,
    in world: inout Place, watch: (ApplyMachine.Progress) -> Void = { _ in }
  ) throws(Place.Failure) -> (RunResult, Inspection) {
    var settings = settings
    settings.scope = .refresh
    var machine = ApplyMachine(
      plan, settings, inspection: inspection, seed: seed, at: world.now())
    try machine.run(in: &world, watch: watch)
    return (machine.result, machine.inspection)
  }

  /// Restores users' tags, or only reads them; returns the result, and what became of each user.
  package static func restore<Place: World>(
    _ plan: Plan, _ restoration: Restoration, _ settings: ApplyMachine.Settings, seed: UInt64,
    in world: inout Place, watch: (ApplyMachine.Progress) -> Void = { _ in }
  ) throws(Place.Failure) -> (RunResult, Restoration) {
    var settings = settings
    settings.scope = .restore
    var machine = ApplyMachine(
      plan, settings, restoration: restoration, seed: seed, at: world.now())
    try machine.run(in: &world, watch: watch)
    return (machine.result, machine.restoration)
  }

  /// Lets the machine decide, as far as the settings allow; records only what the world records.
  package static func drive<Place: World>(
    _ plan: Plan, _ settings: ApplyMachine.Settings, seed: UInt64, in world: inout Place,
    watch: (ApplyMachine.Progress) -> Void = { _ in }
  ) throws(Place.Failure) -> RunResult {
    var machine = ApplyMachine(plan, settings, seed: seed, at: world.now())
    try machine.run(in: &world, watch: watch)
    return machine.result
  }
}
