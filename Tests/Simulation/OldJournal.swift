internal import PruneCore
internal import PruneEngine
internal import Bytes

/// A journal that comes back after its run.
extension Simulation {
  /// Puts a journal of an earlier run beside the state: the next run must see that the two do not
  /// match, or that the journal has nothing new. A person then merges the two.
  package func putBackOldJournal() throws {
    let files = stored.files
    guard journal.isEmpty, let serial = try stored.serial(),
      let old = try JournalReader(ByteSource(oldJournal)).header, old.serial != serial
    else { return }
    note("an old journal is put back")
    let bytes = mutation?.forgesSerial == true ? try Self.forge(oldJournal, serial) : oldJournal
    stored.put(bytes, at: files.journal)
    do throws(StateStoreError) {
      try StateStore.recover(files)
    } catch {
      guard case .journal(_, _, .otherSerial) = error else { throw error }
      let before = try stored.recordsAlone()
      try StateStore.mergeJournal(files)
      let after = try stored.recordsAlone()
      try Self.checkMerge(before, after)
      stored.history = History(after, serial: try stored.serial() ?? 0)
    }
    try noteSaved()
  }

  /// What a merge with an older journal must not undo.
  private static func checkMerge(_ before: [StateRecord], _ after: [StateRecord]) throws {
    var known: [RecordKey: StateRecord] = [:]
    for record in after { known[record.key] = record }
    for record in before {
      let now = known[record.key]
      guard now?.done?.revision ?? Revision.first >= record.done?.revision ?? Revision.first,
        record.attempt?.status != .unknown || now?.attempt?.status == .unknown || now?.done != nil
      else { throw Breach(.durability, "an older journal undid what the state recorded") }
    }
  }

  private static func forge(_ bytes: [UInt8], _ serial: UInt64) throws -> [UInt8] {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
      var header = try JournalReader(ByteSource(bytes)).header
    else { return bytes }
    header.serial = serial
    header.base = nil
    var forged: [UInt8] = []
    header.append(to: &forged)
    return forged + bytes[(end + 1)...]
  }
}
