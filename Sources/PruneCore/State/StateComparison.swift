/// What a state records as done, compared with what the service holds.
package struct StateComparison: Equatable, Sendable {
  /// A user whom the service holds otherwise than recorded.
  package struct Difference: Equatable, Sendable {
    package let record: StateRecord
    package let finding: Finding
  }

  /// How many completed records were compared.
  package private(set) var compared = 0
  /// Users who were removed and exist again, or who were cleared and have tags again, in the order of
  /// the state. The id may belong to another person by now.
  package private(set) var differences: [Difference] = []
  /// How many users could not be read, and why the first of them could not.
  package private(set) var unread = 0
  package private(set) var firstUnread: (record: StateRecord, reason: Finding.Unread)?

  /// The users to read for these records; those that are not done are not read.
  package static func inspection(of records: [StateRecord]) -> Inspection {
    Inspection(count: records.count) { index in
      records[index].done == nil ? nil : records[index].key
    }
  }

  /// Compares records with what an inspection of them has found.
  package init(_ records: [StateRecord], _ inspection: Inspection) {
    precondition(records.count == inspection.count, "the refresh is of another state")
    for (record, finding) in zip(records, inspection.findings) where record.done != nil {
      switch finding {
      case .unread(let reason):
        unread += 1
        firstUnread = firstUnread ?? (record, reason)
        continue
      case .exists: differences.append(Difference(record: record, finding: finding))
      case .tags(let count) where count > 0:
        differences.append(Difference(record: record, finding: finding))
      case .tags, .absent: break
      }
      compared += 1
    }
  }

  package static func == (left: StateComparison, right: StateComparison) -> Bool {
    left.compared == right.compared && left.differences == right.differences
      && left.unread == right.unread
  }
}
