package import PruneCore

/// A plan, and the state on disk that it was made from.
package struct FoundPlan: Sendable {
  package let plan: Plan
  /// The journal of a run in progress or interrupted, if there is one; the plan includes its
  /// outcomes.
  package let journal: JournalHeader?
  /// The state's file as the plan saw it; nil if there is none.
  package let seen: FileStatus?
}

extension PlanPipeline {
  /// Plans against a state on disk with its journal folded in; writes nothing.
  package func plan(_ files: StateFiles) throws(StateStoreError) -> FoundPlan {
    let snapshot = try StateStore.snapshot(files)
    let (journal, seen) = (snapshot.journal, snapshot.status)
    var header = snapshot.header
    // As if the journal were folded: its plan may go on under its approval.
    if let journal, let before = header, !before.holds(journal) {
      header?.unfinished = before.unfinished(after: journal.run, on: journal.digest)
    }
    let source = Source(
      header: header, journal: journal?.run, link: files.isLink ? files.name : nil)
    let plan: Plan
    do throws(StateError) {
      plan = try self.plan(source, snapshot.cursor)
    } catch {
      throw .state(file: files.name, error)
    }
    return FoundPlan(plan: plan, journal: journal, seen: seen)
  }

  /// Throws unless the state on disk, if there is one, has the manifest's app and kind of service;
  /// writes nothing.
  func check(_ files: StateFiles) throws(StateStoreError) {
    guard let header = try StateStore.snapshot(files).header else { return }
    try attempt(check(header)) { StateStoreError.state(file: files.name, $0) }
  }
}
