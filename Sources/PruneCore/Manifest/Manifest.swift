internal import Bytes

/// The content of a manifest and its lists: the app, the guards, the wanted users.
///
/// Entries are sorted by id bytes, each user once. A group holds what many entries share
/// (operation, revision, reason, file), so an entry is 40 bytes.
package struct Manifest: Equatable, Sendable {
  package var app: App
  package var guards: GuardSettings
  package var expect: Expect
  package internal(set) var rulePlaces = RulePlaces()
  /// The files that were read, as shown to people: the manifest first, then its lists.
  package var files: [String]
  /// The columns of the lists that are CSV files, by index into `files`.
  package var columns: [UInt16: CSVColumn] = [:]
  package var entries: Entries
  /// The warnings of the reading, sorted by location.
  package internal(set) var warnings = Diagnostics()

  /// How many users are wanted, whatever the state.
  package func count(of operation: Operation) -> Int {
    entries.counts[Int(operation.rawValue)]
  }

  /// `file:line` of a place.
  package func text(of place: Place) -> String { "\(files[Int(place.file)]):\(place.line)" }

  /// The entry of a user, if the manifest has one.
  package func entry(of id: UserID) -> Entries.Entry? {
    let index = entries.list.firstIndex(notBefore: { $0.id < id })
    return index < entries.list.count && entries.list[index].id == id ? entries.list[index] : nil
  }
}

/// The caps and protections of a manifest (docs/architecture.md, "Guards").
package struct GuardSettings: Equatable, Sendable {
  package var maxRemovals = 100
  package var maxClears = 10_000
  package var maxNewRemovals: Int?
  /// The share of a refreshed plan's users that may have no account.
  package var maxAbsent: Percentage?
  package var protected: [ProtectedPattern] = []

  package init() {}
}

/// A protected id, or a glob of ids in which `*` stands for any bytes.
package struct ProtectedPattern: Hashable, Sendable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }
}

/// The expected numbers of users.
package struct Expect: Equatable, Sendable {
  package var removals: Int?
  package var clears: Int?

  package init(removals: Int? = nil, clears: Int? = nil) {
    self.removals = removals
    self.clears = clears
  }
}

/// A location in a file.
package struct Place: Hashable, Comparable, Sendable {
  /// Index into the files of the reading.
  package var file: UInt16
  /// Counted from 1.
  package var line: UInt32
  /// Counted from 1, in characters.
  package var column: UInt32

  package init(file: UInt16 = 0, line: UInt32, column: UInt32) {
    self.file = file
    self.line = line
    self.column = column
  }

  package static func < (left: Place, right: Place) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}
