import TestSupport
import Testing

/// The non-zero counts of a run's last line: `147 removed, 3 unknown`.
func counts(_ result: ProcessResult) -> String {
  let line = result.out.split(separator: "\n").last { $0.contains(" already absent, ") } ?? ""
  return line.matches(of: /(\d+) ([a-z ]+)/).filter { $0.1 != "0" }.map { String($0.0) }
    .joined(separator: ", ")
}

extension TemporaryWorkspace {
  /// Checks that the state matches the service after removing `ids` and no one else: each of them
  /// is done and gone and was removed once, no other user was changed, and nothing is left to do.
  func expectRemoved(
    _ ids: [String], leaving others: [String], _ sandbox: Sandbox,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expectRecordedAsRemoved(ids, sourceLocation: sourceLocation)
    #expect(try sandbox.users() == others, sourceLocation: sourceLocation)
    let histories = try sandbox.histories()
    #expect(histories.map(\.id) == ids, sourceLocation: sourceLocation)
    let again = histories.filter { $0.registered != 1 || $0.removed != 1 || $0.cleared != 0 }
    #expect(again.isEmpty, sourceLocation: sourceLocation)
  }

  /// Checks that the state records `ids`, and no one else, as removed or absent, and that nothing
  /// is left to do.
  func expectRecordedAsRemoved(
    _ ids: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let done = Set(
      ["removed", "already-absent"].flatMap { outcome in
        ids.map { "\($0) remove-account 1 \(outcome) -" }
      })
    let records = try doneRecords()
    #expect(records.count == ids.count, sourceLocation: sourceLocation)
    #expect(records.filter { !done.contains($0) }.isEmpty, sourceLocation: sourceLocation)
    try expectNothingLeft(sourceLocation)
  }

  /// The same for users whose tags were cleared.
  func expectCleared(
    _ ids: [String], leaving others: [String], _ sandbox: Sandbox,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(
      try doneRecords() == ids.map { "\($0) clear-tags 1 cleared -" },
      sourceLocation: sourceLocation)
    #expect(try sandbox.tagged() == others, sourceLocation: sourceLocation)
    #expect(
      try sandbox.histories().map { "\($0.id) \($0.removed) \($0.cleared)" }
        == ids.map { "\($0) 0 1" },
      sourceLocation: sourceLocation)
    try expectNothingLeft(sourceLocation)
  }

  private func expectNothingLeft(_ sourceLocation: SourceLocation) throws {
    let plan = try imprune("plan", "--detailed-exitcode")
    #expect(plan.code == 0, sourceLocation: sourceLocation)
    #expect(plan.out.contains("No changes."), sourceLocation: sourceLocation)
    #expect(!exists("imprune.state.journal"), sourceLocation: sourceLocation)
  }
}
