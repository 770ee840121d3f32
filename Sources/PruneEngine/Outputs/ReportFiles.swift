package import PruneCore

/// Reports of runs as files.
package enum ReportFiles {
  /// Writes a report with the outcomes of the plan's users: from the run itself, if one began,
  /// otherwise from the state.
  package static func save(
    _ report: RunReport, to file: OutputFile, _ files: StateFiles?, _ run: Applier.Ended?
  ) throws(StateStoreError) {
    var users = try users(report, files, run)
    try report.write(
      users: { () throws(StateStoreError) in
        try attempt(users?.next()) { StateStoreError.state(file: report.state, $0) }
      },
      to: { (bytes) throws(StateStoreError) in
        try attempt(file.write(bytes), orThrow: StateStoreError.system)
      })
    try attempt(file.commit(), orThrow: StateStoreError.system)
  }

  /// Calls `body` with the outcome of each of the plan's users, as a report lists them.
  package static func forEachUser(
    of report: RunReport, _ files: StateFiles?, _ run: Applier.Ended?, _ body: (UserReport) -> Void
  ) throws(StateStoreError) {
    var users = try users(report, files, run)
    while let user = try attempt(
      users?.next(), orThrow: { StateStoreError.state(file: report.state, $0) })
    {
      body(user)
    }
  }

  private static func users(
    _ report: RunReport, _ files: StateFiles?, _ run: Applier.Ended?
  ) throws(StateStoreError) -> UserReports? {
    guard let plan = report.plan, let files else { return nil }
    let snapshot =
      if let run { try StateStore.snapshot(of: run.files, run.copy) } else {
        try StateStore.snapshot(files)
      }
    do throws(StateError) {
      return try UserReports(plan, report.run, snapshot.cursor)
    } catch {
      throw .state(file: files.name, error)
    }
  }
}
