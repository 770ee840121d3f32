/// The first lines of a state: its app, service, lineage and serial.
package struct StateHeader: Equatable, Sendable {
  package var app: SDKAppID
  package var service: ServiceKind
  package var lineage: Lineage
  /// Increases by one with each save.
  package var serial: UInt64
  /// How many records follow.
  package var records: Int
  /// The approved plan that runs have begun and not finished, so that it can continue under its
  /// approval.
  package var unfinished: Unfinished?

  package init(
    app: SDKAppID, service: ServiceKind, lineage: Lineage, serial: UInt64 = 0, records: Int = 0,
    unfinished: Unfinished? = nil
  ) {
    self.app = app
    self.service = service
    self.lineage = lineage
    self.serial = serial
    self.records = records
    self.unfinished = unfinished
  }

  /// The unfinished plan after one more unfinished run on the plan with a digest.
  package func unfinished(after run: RunID, on digest: PlanDigest) -> Unfinished {
    guard let unfinished, unfinished.digest == digest else {
      return Unfinished(digest, runs: [run])
    }
    if unfinished.runs.contains(run) { return unfinished }
    return Unfinished(digest, runs: unfinished.runs + [run])
  }

  /// Whether the state contains everything in a journal, since the journal's own run saved it at
  /// its end, or a recovery of that run did. It may contain more: if a run's disk failed, the state
  /// has the last outcomes.
  package func holds(_ journal: JournalHeader) -> Bool {
    serial > journal.serial && unfinished?.runs.contains(journal.run) == true
  }

  /// The highest serial; a state that has it cannot be saved again.
  static let highestSerial = UInt64(Int64.max)

  /// The serial of the save after this serial.
  package static func serial(after serial: UInt64) throws(StateError) -> UInt64 {
    guard serial < highestSerial else { throw .lastSerial }
    return serial + 1
  }

  /// The version of the format that this code reads and writes.
  static let version = 1

  /// The first difference from another state or a journal, if any: app, kind of service, lineage.
  package func difference(from other: some StateIdentity) -> String? {
    if app != other.app { return "app" }
    if service != other.service { return "kind of service" }
    if lineage != other.lineage { return "lineage" }
    return nil
  }
}

/// What identifies the states that files belong to: an app, a kind of service and a lineage.
package protocol StateIdentity {
  var app: SDKAppID { get }
  var service: ServiceKind { get }
  var lineage: Lineage { get }
}

extension StateHeader: StateIdentity {}
extension JournalHeader: StateIdentity {}

/// An unfinished approved plan, and the runs that have worked on it. Their results and the rest of
/// the plan make up the plan again, so an approval of it remains valid.
package struct Unfinished: Equatable, Sendable, CustomStringConvertible {
  package var digest: PlanDigest
  /// In order; the last hundred.
  package private(set) var runs: [RunID]

  private static let mostRuns = 100

  package init(_ digest: PlanDigest, runs: [RunID]) {
    self.digest = digest
    self.runs = runs.suffix(Self.mostRuns)
  }

  /// The digest and the runs, separated by blanks.
  package var description: String {
    ([digest.description] + runs.map(\.description)).joined(separator: " ")
  }

  /// Reads the text form; nil for anything else.
  init?(_ text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard let digest = words.first.flatMap(PlanDigest.init(hex:)),
      (2...(Self.mostRuns + 1)).contains(words.count)
    else { return nil }
    var runs: [RunID] = []
    for word in words.dropFirst() {
      let bytes = Array(word.utf8)
      guard let run = RunID(bytes.span, 0..<bytes.count), !runs.contains(run) else { return nil }
      runs.append(run)
    }
    self.digest = digest
    self.runs = runs
  }
}
