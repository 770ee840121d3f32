internal import Crypto

/// The first lines of a state: which app, which service, which lineage, which generation.
package struct StateHeader: Equatable, Sendable {
  package var app: SDKAppID
  package var service: ServiceKind
  package var lineage: Lineage
  /// Grows by one with each save.
  package var serial: UInt64
  /// How many records follow.
  package var records: Int
  /// Digest of the plan of a run that did not finish, so that it can go on under its approval.
  package var unfinished: PlanDigest?

  package init(
    app: SDKAppID, service: ServiceKind, lineage: Lineage, serial: UInt64 = 0, records: Int = 0,
    unfinished: PlanDigest? = nil
  ) {
    self.app = app
    self.service = service
    self.lineage = lineage
    self.serial = serial
    self.records = records
    self.unfinished = unfinished
  }

  /// The version of the format that this code reads and writes.
  static let version = 1
}
