internal import Crypto
internal import PruneCore
internal import TestSupport
internal import Bytes

/// The rules for the parsers of a state.
enum StateChecks {
  static func check(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let small = chunkSize(for: bytes)
    let reading = outcome { () throws(StateError) in try WholeState(bytes) }
    try require(
      reading == outcome { () throws(StateError) in try WholeState(bytes, chunkSize: small) },
      "read otherwise in chunks of \(small)")
    let salvage = outcome { () throws(StateError) in try StateSalvage(ByteSource(bytes)) }
    try require(
      salvage
        == outcome { () throws(StateError) in
          try StateSalvage(ByteSource(bytes, chunkSize: small))
        }, "salvaged otherwise in chunks of \(small)")
    if case .success(let salvage) = salvage { try check(salvage, of: bytes) }
    switch reading {
    case .success(let state):
      try check(state, bytes)
      guard case .success(let salvage) = salvage else { throw Finding("whole, and not salvaged") }
      try require(
        salvage.records == state.records && salvage.losses.count == 0 && salvage.misplaced == 0
          && salvage.repetitions == 0 && salvage.said == state.records.count,
        "something of a whole state is not salvaged")
      return true
    case .failure(let error):
      try requirePrintable(error.explanation, "an explanation")
      return false
    }
  }

  private static func check(_ state: WholeState, _ bytes: [UInt8]) throws(Finding) {
    try require(state.bytes() == bytes, "written again otherwise than it was read")
    try checkOrder(state.records)
    let walk = try walk(state, [])
    try require(walk == state.records, "other records by a walk")
    // Possible changes by a run to existing users and to a new one.
    let changes = state.records.enumerated().compactMap { index, record in
      index % 3 == 2 ? nil : change(of: record, index)
    }
    try checkFold(changes, into: state)
  }

  private static func change(of record: StateRecord, _ index: Int) -> StateChange {
    let done = record.operation == .clearTags ? DoneOutcome.cleared : .removed
    return StateChange(
      id: record.id, operation: record.operation,
      revision: record.attempt?.revision ?? record.done?.revision ?? .first,
      result: [.done(done), .failed(ServiceCode(70_500)), .unknown][index % 3],
      time: Timestamp(seconds: UInt32(truncatingIfNeeded: index &* 0x9E37_79B9)), run: RunID(1))
  }

  /// A folded state is valid, and folding again changes nothing.
  static func checkFold(_ changes: [StateChange], into state: WholeState) throws(Finding) {
    let once = WholeState(header: state.header, records: try walk(state, changes))
    try checkOrder(once.records)
    try require(
      once.records.count <= state.records.count + changes.count, "a fold makes records up")
    let twice = try walk(once, changes)
    try require(twice == once.records, "folded twice is not folded once")
  }

  private static func walk(
    _ state: WholeState, _ changes: [StateChange]
  ) throws(Finding) -> [StateRecord] {
    do {
      var cursor = try state.cursor(changes: changes)
      var records: [StateRecord] = []
      while let record = try cursor.next() { records.append(record) }
      let folded = WholeState(header: state.header, records: records)
      try require(
        try state.written(changes) == folded.bytes(), "a fold is written otherwise than it is read")
      let forecast = try state.forecast(changes)
      try require(
        forecast.records == records.count && forecast.hasChanges == (records != state.records),
        "a fold comes out otherwise than it was told: \(forecast)")
      return records
    } catch let finding as Finding {
      throw finding
    } catch {
      throw Finding("what was written is refused: \(error)")
    }
  }

  static func checkOrder(_ records: [StateRecord]) throws(Finding) {
    for (one, next) in zip(records, records.dropFirst()) where one.key >= next.key {
      throw Finding("records out of order: \(one.key), \(next.key)")
    }
  }

  private static func check(_ salvage: StateSalvage, of bytes: [UInt8]) throws(Finding) {
    let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
    try require(
      salvage.whole == salvage.records.count + salvage.repetitions
        && salvage.header.records == salvage.records.count
        && salvage.misplaced <= salvage.whole && salvage.losses.lines.count <= Losses.shown
        && salvage.whole + salvage.losses.count <= lines, "a salvage that does not add up")
    for line in salvage.losses.lines { try requirePrintable(line.words, "a loss") }
    // A state written from the records is valid and loses nothing.
    let written = WholeState(header: salvage.header, records: salvage.records).bytes()
    let again = outcome { () throws(StateError) in try WholeState(written) }
    try require(
      again == .success(WholeState(header: salvage.header, records: salvage.records)),
      "what was salvaged is refused: \(again)")
  }

  // MARK: - Checksums

  /// Corrects the header's count and the checksum, if there is a line for each.
  static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count > 8,
      let trailer = lines.lastIndex(where: { $0.starts(with: Array("checksum\t".utf8)) }),
      let count = lines[..<7].firstIndex(where: { $0.starts(with: Array("records\t".utf8)) })
    else { return nil }
    lines[count] = Array("records\t\(max(0, trailer - 7))".utf8)[...]
    let body =
      Array(lines[..<trailer].joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
    lines[trailer] = Array("checksum\tsha256:\(SHA256.hash(body))".utf8)[...]
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }
}
