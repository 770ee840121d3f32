/// What a state records as done, compared with what the service holds.
package struct StateComparison: Equatable, Sendable {
  /// What the service holds for the user of a completed record.
  package struct Row: Equatable, Sendable {
    package let record: StateRecord
    package let finding: Finding
  }

  /// How many completed records were compared.
  package private(set) var compared = 0
  /// Users who were removed and exist again, or who were cleared and have tags again, in the order of
  /// the state. The id may belong to another person by now.
  package private(set) var differences: [Row] = []
  /// Users who could not be read, in the order of the state. They may differ too.
  package private(set) var unread: [Row] = []

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
      let row = Row(record: record, finding: finding)
      switch finding {
      case .unread:
        unread.append(row)
        continue
      case .exists: differences.append(row)
      case .tags(let count) where count > 0: differences.append(row)
      case .tags, .absent: break
      }
      compared += 1
    }
  }
}
