package import PruneCore

/// Reports of runs as files.
package enum ReportFiles {
  /// Writes a report, with what the state says of the plan's users now. `tail` is what the journal
  /// of the run lacks because the disk failed.
  package static func save(
    _ report: RunReport, to file: FileReplacement, _ files: StateFiles?,
    tail: JournalTail? = nil
  ) throws(StateStoreError) {
    var users = try users(report, files, tail)
    try report.write(
      users: { () throws(StateStoreError) in
        do throws(StateError) {
          return try users?.next()
        } catch {
          throw .state(file: report.state, error)
        }
      },
      to: { (bytes) throws(StateStoreError) in
        try system { () throws(SystemError) in try file.draft.write(bytes) }
      })
    try system { () throws(SystemError) in try file.commit() }
  }

  private static func users(
    _ report: RunReport, _ files: StateFiles?, _ tail: JournalTail?
  ) throws(StateStoreError) -> UserReports? {
    guard let plan = report.plan, let files else { return nil }
    let snapshot = try StateStore.snapshot(files, tail: tail)
    do throws(StateError) {
      return try UserReports(plan, report.run, snapshot.cursor)
    } catch {
      throw .state(file: files.name, error)
    }
  }

  private static func system<Value>(
    _ body: () throws(SystemError) -> Value
  ) throws(StateStoreError) -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      throw .system(error)
    }
  }
}
