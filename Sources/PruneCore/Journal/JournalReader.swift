package import Bytes

/// Why imprune refuses a journal. It leaves the file unchanged.
package enum JournalError: Error, Equatable, Sendable {
  /// The first line is not a journal's.
  case notAJournal
  /// Written by a newer version.
  case newerVersion(String)
  /// A line other than the last has a wrong CRC or a wrong format.
  case damaged(line: UInt32)
  /// The journal belongs to another app, service or lineage than the state.
  case otherState(String)
  /// The journal's run started from another serial of the state, and this state lacks the outcomes in
  /// the journal.
  case otherSerial(journal: UInt64, state: UInt64)
  /// The state has the serial from which the journal's run started, but another content.
  case otherBranch(serial: UInt64)
  /// The operating system's message.
  case unreadable(String)

  /// Whether `state repair` may help.
  package var isDamage: Bool {
    switch self {
    case .damaged, .notAJournal: true
    case .newerVersion, .otherState, .otherSerial, .otherBranch, .unreadable: false
    }
  }

  /// What is wrong and, unless it is damage, what to do, in sentences.
  package var explanation: String {
    switch self {
    case .notAJournal:
      "The first line is not the header of an imprune journal, so imprune read nothing from the "
        + "file. If the file is not a journal, move it to another folder. If it is a damaged "
        + "journal, restore it from a backup."
    case .newerVersion(let version):
      "The journal has version \(version), but this imprune reads version 1. Use the imprune "
        + "that wrote it, or a newer one."
    case .damaged(let line):
      "Line \(line) of the journal is damaged. It is not the incomplete last line that a crash "
        + "leaves."
    case .otherState(let what):
      "The journal belongs to another state: the \(what) differs. Move the journal back to its "
        + "own state. Do not delete it: outcomes that only the journal contains would be lost."
    case .otherSerial(let journal, let state):
      "The run in the journal started from serial \(journal), but the state has serial \(state) "
        + "and lacks the outcomes in the journal. Someone restored or pulled another state, or "
        + "put back an old journal. Restore the matching state or journal, or merge the journal "
        + "into this state: "
    case .otherBranch(let serial):
      "The run in the journal started from another state with serial \(serial): two branches of "
        + "the state have the same serial. Restore the state that the run started from, or merge "
        + "the journal into this one: "
    case .unreadable(let words):
      "imprune cannot read the journal: \(words). Check the path and the permissions, then run "
        + "the command again."
    }
  }
}

extension JournalError {
  init(_ failure: FramedLines.Failure) {
    switch failure {
    case .damaged(let line): self = .damaged(line: line)
    case .unreadable(let words): self = .unreadable(words)
    }
  }
}

/// Reads a journal line by line. A crash may leave the last line incomplete: it is skipped.
package struct JournalReader: ~Copyable {
  /// Nil for a journal whose header is incomplete: it contains nothing.
  package let header: JournalHeader?

  private var lines: FramedLines

  /// A line has at most 100 users of 32 bytes, each with a revision.
  static let maxLineBytes = 1 << 14

  package init(_ source: ByteSource) throws(JournalError) {
    var lines = FramedLines(source, maxLineBytes: Self.maxLineBytes)
    header = try Self.header(
      attempt(lines.next()) { (error: FramedLines.Failure) in
        // Torn within its first line, or not a journal.
        error == .damaged(line: 1) ? .notAJournal : JournalError(error)
      })
    self.lines = lines
  }

  static func header(_ line: FramedLine?) throws(JournalError) -> JournalHeader? {
    guard let line else { return nil }
    guard line.kind == JournalHeader.kind else { throw .notAJournal }
    let version = line.text(1) ?? ""
    if StateHeader.isNewer(version) { throw .newerVersion(version) }
    guard let header = JournalHeader(line) else { throw .damaged(line: 1) }
    return header
  }

  /// Whether the end was torn.
  package var isTorn: Bool { lines.isTorn }

  /// The number of the line last returned, counted from 1.
  package var lineNumber: UInt32 { lines.lineNumber }

  /// The next record, or nil at the end.
  package mutating func next() throws(JournalError) -> JournalRecord? {
    guard let line = try attempt(lines.next(), orThrow: JournalError.init) else { return nil }
    guard let record = line.record() else { throw .damaged(line: lineNumber) }
    return record
  }
}

// MARK: - Records

extension FramedLine {
  /// The record of the line; nil for an unknown kind.
  func record() -> JournalRecord? {
    switch kind {
    case "intent": intent().map(JournalRecord.intent)
    case "outcome": outcome().map(JournalRecord.outcome)
    case "resolved": resolution().map(JournalRecord.resolved)
    default: nil
    }
  }

  private func intent() -> JournalRecord.Intent? {
    guard let number = text(1).flatMap({ UInt32(canonical: $0) }),
      let operation = text(2).flatMap(Operation.init), let time = value(3, Timestamp.init),
      count > 4, count % 2 == 0, (count - 4) / 2 <= Call.maxUsers
    else { return nil }
    var users: [JournalRecord.User] = []
    for index in stride(from: 4, to: count, by: 2) {
      guard let user = user(index) else { return nil }
      users.append(user)
    }
    return .init(number: number, operation: operation, time: time, users: users)
  }

  private func outcome() -> JournalRecord.Outcome? {
    guard let intent = text(1).flatMap({ UInt32(canonical: $0) }),
      let time = value(2, Timestamp.init),
      count > 3, !self[3].isEmpty, self[3].count <= Call.maxUsers
    else { return nil }
    var codes = (4..<count).makeIterator()
    var users: [UserOutcome?] = []
    for letter in self[3] {
      switch letter {
      case UInt8(ascii: "r"): users.append(.done(.removed))
      case UInt8(ascii: "a"): users.append(.done(.alreadyAbsent))
      case UInt8(ascii: "c"): users.append(.done(.cleared))
      case UInt8(ascii: "u"): users.append(.unknown)
      case UInt8(ascii: "n"): users.append(.notAttempted)
      case UInt8(ascii: "."): users.append(nil)
      case UInt8(ascii: "f"):
        guard let code = codes.next().flatMap(text).flatMap({ Int32(canonical: $0) })
        else { return nil }
        users.append(.failed(ServiceCode(code)))
      default: return nil
      }
    }
    guard codes.next() == nil else { return nil }
    return .init(intent: intent, time: time, users: users)
  }

  private func user(_ index: Int) -> JournalRecord.User? {
    guard let revision = value(index, Revision.init(_:_:)), let id = id(index + 1) else {
      return nil
    }
    return JournalRecord.User(id: id, revision: revision)
  }

  private func resolution() -> JournalRecord.Resolution? {
    guard count == 7, let operation = text(1).flatMap(Operation.init),
      let time = value(2, Timestamp.init), let run = value(3, RunID.init(_:_:)),
      let user = user(4), let outcome = text(6).flatMap(DoneOutcome.init)
    else { return nil }
    return .init(operation: operation, time: time, run: run, user: user, outcome: outcome)
  }
}

extension JournalHeader {
  fileprivate init?(_ line: FramedLine) {
    guard line.count == 8 || line.count == 9, line.text(1) == "1",
      let app = line.text(2).flatMap(StateHeader.app),
      let service = line.text(3).flatMap(ServiceKind.init),
      let lineage = line.value(4, Lineage.init(_:_:)),
      let serial = line.text(5).flatMap(StateHeader.serial),
      let run = line.value(6, RunID.init(_:_:)),
      let digest = line.text(7).flatMap(PlanDigest.init(hex:))
    else { return nil }
    self.init(
      app: app, service: service, lineage: lineage, serial: serial, run: run, digest: digest)
    if line.count == 9 {
      guard let base = line.value(8, StateDigest.init(_:_:)) else { return nil }
      self.base = base
    }
  }
}
