internal import Crypto
internal import PruneCore
internal import TestSupport
internal import Bytes

/// The rules for the parsers of a journal.
enum JournalChecks {
  private struct WholeJournal: Equatable {
    var header: JournalHeader?
    var records: [JournalRecord] = []
    var isTorn = false

    init(_ bytes: [UInt8], chunkSize: Int = 1 << 16) throws(JournalError) {
      var reader = try JournalReader(ByteSource(bytes, chunkSize: chunkSize))
      header = reader.header
      while let record = try reader.next() { records.append(record) }
      isTorn = reader.isTorn
    }

    var bytes: [UInt8] {
      var bytes: [UInt8] = []
      header?.append(to: &bytes)
      for record in records { record.append(to: &bytes) }
      return bytes
    }
  }

  static func check(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let small = chunkSize(for: bytes)
    let reading = outcome { () throws(JournalError) in try WholeJournal(bytes) }
    try require(
      reading
        == outcome { () throws(JournalError) in try WholeJournal(bytes, chunkSize: small) },
      "read otherwise in chunks of \(small)")
    let salvage = outcome { () throws(JournalError) in try JournalSalvage(ByteSource(bytes)) }
    try require(
      salvage
        == outcome { () throws(JournalError) in
          try JournalSalvage(ByteSource(bytes, chunkSize: small))
        }, "salvaged otherwise in chunks of \(small)")
    if case .success(let salvage) = salvage {
      try checkChanges(salvage.changes)
      try require(salvage.losses.lines.count <= Losses.shown, "too many losses kept")
    }
    switch reading {
    case .success(let journal):
      try check(journal, bytes)
      try check(journal, salvage)
      return journal.header != nil
    case .failure(let error):
      try requirePrintable(error.explanation, "an explanation")
      return false
    }
  }

  private static func check(_ journal: WholeJournal, _ bytes: [UInt8]) throws(Finding) {
    let written = journal.bytes
    try require(
      journal.isTorn ? bytes.starts(with: written) : bytes == written,
      "written again otherwise than it was read")
    // A crash can leave any prefix of what was written.
    for cut in Set([
      bytes.count * 1 / 7, bytes.count * 2 / 3, written.count - 1, written.count - 20,
    ])
    where (0..<bytes.count).contains(cut) {
      let beginning = outcome { () throws(JournalError) in try WholeJournal(Array(bytes[..<cut])) }
      guard case .success(let part) = beginning else {
        throw Finding("cut at \(cut) it is refused: \(beginning)")
      }
      try require(
        journal.records.starts(with: part.records), "cut at \(cut) it says something else")
    }
  }

  /// The result of folding a journal into a state that had some of it already.
  private static func check(
    _ journal: WholeJournal, _ salvage: Result<JournalSalvage, JournalError>
  ) throws(Finding) {
    guard let header = journal.header else { return }
    var fold = JournalFold(run: header.run)
    var isWhole = true
    for record in journal.records where isWhole { isWhole = fold.add(record) }
    let changes = fold.finish().changes
    try checkChanges(changes)
    // The folding code refuses a contradictory journal as damaged.
    guard isWhole else { return }
    guard case .success(let salvage) = salvage else { throw Finding("whole, and not salvaged") }
    try require(
      salvage.header == header && salvage.changes == changes
        && salvage.losses.count <= (journal.isTorn ? 1 : 0),
      "something of a whole journal is not salvaged")
  }

  private static func checkChanges(_ changes: [StateChange]) throws(Finding) {
    for (one, next) in zip(changes, changes.dropFirst()) where one.key >= next.key {
      throw Finding("changes out of order: \(one.key), \(next.key)")
    }
    guard let app = SDKAppID(1) else { return }
    var state = WholeState(
      header: StateHeader(app: app, service: .loopback, lineage: Lineage(1)), records: [])
    try StateChecks.checkFold(changes, into: state)
    state.records = changes.enumerated().filter { $0.offset % 2 == 0 }.map {
      $0.element.folded(into: nil)
    }
    try StateChecks.checkFold(changes, into: state)
  }

  // MARK: - Checksums

  /// Corrects the CRC of every line that has one.
  static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      line in
      guard line.count > 9, line[line.startIndex + 8] == UInt8(ascii: "\t") else {
        return Array(line)
      }
      let hex = String(CRC32.checksum(Array(line.dropFirst(9))), radix: 16)
      return Array((String(repeating: "0", count: 8 - hex.utf8.count) + hex).utf8)
        + line.dropFirst(8)
    }
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }
}
