import TestSupport
import Testing

/// The counts of a run's last line that are not 0: `147 removed, 3 unknown`.
func counts(_ result: ProcessResult) -> String {
  let line = result.out.split(separator: "\n").last { $0.contains(" already absent, ") } ?? ""
  return line.matches(of: /(\d+) ([a-z ]+)/).filter { $0.1 != "0" }.map { String($0.0) }
    .joined(separator: ", ")
}

extension TemporaryWorkspace {
  /// Checks that a state in which `ids` were to be removed, and nobody else, says what the service
  /// did: each of them is done and gone, was removed once, and nobody else was touched; and that
  /// nothing is left to do.
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

  /// Checks that the state says of `ids`, and of nobody else, that they are removed or were absent,
  /// and that nothing is left to do.
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

  /// The same of users whose tags were to be cleared.
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
