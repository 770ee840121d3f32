internal import Crypto
package import Bytes

/// Reads a state record by record, in order, without holding it in memory.
///
/// The records count only once `next()` has returned nil: only then are the record count and the
/// checksum verified.
package struct StateReader: ~Copyable {
  package let header: StateHeader

  private(set) var lines: LineReader
  private var hash: SHA256
  private var previous: RecordKey?
  /// The range of the line of the last record, including its LF.
  private var line = 0..<0
  private var count = 0
  private var isFinished = false

  /// The longest line is the header's `unfinished` with a hundred runs.
  static let maxLineBytes = 2048

  /// Reads the header.
  package init(_ source: ByteSource) throws(StateError) {
    var lines = LineReader(source, maxLineBytes: Self.maxLineBytes)
    var hash = SHA256()
    header = try Self.readHeader(&lines, &hash)
    self.lines = lines
    self.hash = hash
  }

  /// The next record, or nil at the verified end.
  package mutating func next() throws(StateError) -> StateRecord? {
    if isFinished { return nil }
    guard let line = try lines.nextStateLine() else { throw .truncated }
    let fields = Fields(lines.buffer.span, line.range)
    if fields.isTrailer(lines.buffer.span) {
      try finish(line, fields)
      return nil
    }
    guard line.isEnded else { throw .truncated }
    let record = try Self.record(lines, line, fields)
    let key = record.key
    if let previous, previous >= key { throw .outOfOrder(line: lines.lineNumber) }
    hash.update(lines.buffer, line)
    previous = key
    self.line = line.range.lowerBound..<(line.range.upperBound + 1)
    count += 1
    return record
  }

  private static func record(
    _ lines: borrowing LineReader, _ line: LineReader.Line, _ fields: Fields
  ) throws(StateError) -> StateRecord {
    do throws(StateError) {
      if line.isOverlong {
        throw .malformed(line: lines.lineNumber, "a record of ten columns")
      }
      return try StateRecord(lines.buffer.span, fields, line: lines.lineNumber)
    } catch {
      throw MergeMarker.begins(lines.buffer.span, line.range)
        ? .unresolvedMerge(line: lines.lineNumber) : error
    }
  }

  /// Writes the last record unchanged, since only the canonical form is accepted.
  func writeLine(to writer: inout StateWriter) { writer.append(lines.buffer[line]) }

  private mutating func finish(_ line: LineReader.Line, _ fields: Fields) throws(StateError) {
    guard line.isEnded, fields.count == 2 else { throw .truncated }
    let said = lines.buffer.text(fields[1])
    var whole = SHA256()
    swap(&whole, &hash)
    guard said == "sha256:\(whole.finalize())" else { throw .wrongChecksum }
    guard count == header.records else {
      throw .wrongCount(said: header.records, found: count)
    }
    guard try lines.nextStateLine() == nil else {
      throw .malformed(line: lines.lineNumber, "allowed: it follows the checksum line")
    }
    isFinished = true
  }

  // MARK: - The header

  private static func readHeader(
    _ lines: inout LineReader, _ hash: inout SHA256
  ) throws(StateError) -> StateHeader {
    func value(_ key: String) throws(StateError) -> String {
      guard let line = try lines.nextStateLine() else {
        throw lines.lineNumber == 0 ? .empty : .truncated
      }
      if lines.lineNumber == 1, let form = TextForm(firstLine: lines.buffer[line.range]) {
        throw .rewritten(form)
      }
      if MergeMarker.begins(lines.buffer.span, line.range) {
        throw .unresolvedMerge(line: lines.lineNumber)
      }
      let fields = Fields(lines.buffer.span, line.range)
      guard line.isEnded, !line.isOverlong, fields.count == 2,
        lines.buffer.text(fields[0]) == key
      else {
        throw lines.lineNumber == 1
          ? .notAState : .malformed(line: lines.lineNumber, "the header's `\(key)`")
      }
      hash.update(lines.buffer, line)
      return lines.buffer.text(fields[1])
    }
    func parsed<Value>(_ key: String, _ parse: (String) -> Value?) throws(StateError) -> Value {
      guard let value = parse(try value(key)) else {
        throw .malformed(line: lines.lineNumber, "the header's `\(key)`")
      }
      return value
    }
    let version = try value("imprune-state")
    if version != String(StateHeader.version) {
      throw StateHeader.isNewer(version) ? .newerVersion(version) : .notAState
    }
    let app = try parsed("app", StateHeader.app)
    let service = try parsed("service", ServiceKind.init)
    let lineage = try parsed("lineage") { Lineage($0) }
    let serial = try parsed("serial", StateHeader.serial)
    let records = try parsed("records", StateHeader.records)
    let unfinished: Unfinished? = try parsed("unfinished") {
      $0 == "-" ? .some(nil) : Unfinished($0).map(Optional.some)
    }
    return StateHeader(
      app: app, service: service, lineage: lineage, serial: serial, records: records,
      unfinished: unfinished)
  }
}

/// The values of a header's lines; nil for anything but the canonical form.
extension StateHeader {
  /// Whether a version is a future one.
  static func isNewer(_ text: String) -> Bool {
    UInt32(canonical: text).map { $0 > version } ?? false
  }

  static func app(_ text: String) -> SDKAppID? { UInt32(canonical: text).flatMap(SDKAppID.init) }

  static func serial(_ text: String) -> UInt64? {
    UInt64(canonical: text).flatMap { $0 <= highestSerial ? $0 : nil }
  }

  static func records(_ text: String) -> Int? {
    UInt(canonical: text).flatMap { Int(exactly: $0) }
  }
}

extension FixedWidthInteger {
  /// Reads a number in canonical form: no plus sign, no leading zeros; nil for anything else.
  init?(canonical text: String) {
    guard let number = Self(text), String(number) == text else { return nil }
    self = number
  }
}

/// The ranges of the tab-separated columns of a line.
struct Fields {
  private var ranges: InlineArray<10, Range<Int>> = .init(repeating: 0..<0)
  /// How many columns the line has; 11 means more than ten.
  private(set) var count = 0

  init(_ bytes: Span<UInt8>, _ line: Range<Int>) {
    var start = line.lowerBound
    bytes.forEachIndex(of: UInt8(ascii: "\t"), in: line) { tab in
      add(start..<tab)
      start = tab + 1
    }
    add(start..<line.upperBound)
  }

  private mutating func add(_ range: Range<Int>) {
    if count < 10 { ranges[count] = range }
    count = min(count + 1, 11)
  }

  subscript(index: Int) -> Range<Int> { ranges[index] }

  func isTrailer(_ bytes: Span<UInt8>) -> Bool {
    count <= 2 && bytes.isEqual(ranges[0], "checksum")
  }
}

extension StateRecord {
  /// The content of four columns without a value.
  static let nothing = "-\t-\t-\t-"

  /// Reads a record's line; only the canonical form is accepted.
  init(_ bytes: Span<UInt8>, _ fields: Fields, line: UInt32) throws(StateError) {
    guard fields.count == 10 else { throw .malformed(line: line, "a record of ten columns") }
    guard UserIDRules.isUsable(bytes, fields[0]), let id = UserID(bytes, fields[0]) else {
      throw .malformed(line: line, "a record: its user id is invalid")
    }
    self.id = id
    guard let operation = Operation(bytes, fields[1]) else {
      throw .malformed(line: line, "a record: its operation is unknown")
    }
    self.operation = operation
    if bytes.isEqual(fields[2].lowerBound..<fields[5].upperBound, Self.nothing) {
      done = nil
    } else {
      guard let revision = Revision(bytes, fields[2]),
        let outcome = DoneOutcome(bytes, fields[3], of: operation),
        let time = Timestamp(bytes, fields[4]), let run = RunID(bytes, fields[5])
      else { throw .malformed(line: line, "a record: its result is unreadable") }
      done = Done(revision: revision, outcome: outcome, time: time, run: run)
    }
    if bytes.isEqual(fields[6].lowerBound..<fields[9].upperBound, Self.nothing) {
      attempt = nil
    } else {
      guard let revision = Revision(bytes, fields[6]),
        let status = Status(bytes.text(fields[7])),
        let time = Timestamp(bytes, fields[8]), let run = RunID(bytes, fields[9])
      else { throw .malformed(line: line, "a record: its last attempt is unreadable") }
      attempt = Attempt(revision: revision, status: status, time: time, run: run)
    }
    guard done != nil || attempt != nil else {
      throw .malformed(line: line, "a record: it contains neither a result nor an attempt")
    }
  }
}

extension Revision {
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard let first = range.first, range.count <= 9, bytes[first] != UInt8(ascii: "0") else {
      return nil
    }
    var number: UInt32 = 0
    for index in range {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      number = number * 10 + UInt32(digit)
    }
    self.init(number)
  }
}

// A state has one or two of these words in each of its millions of lines, so this makes no strings
// of them.

extension Operation {
  init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    if bytes.isEqual(range, Self.removeAccount.name) {
      self = .removeAccount
    } else if bytes.isEqual(range, Self.clearTags.name) {
      self = .clearTags
    } else {
      return nil
    }
  }
}

extension DoneOutcome {
  fileprivate init?(_ bytes: Span<UInt8>, _ range: Range<Int>, of operation: Operation) {
    let usual: Self = operation == .removeAccount ? .removed : .cleared
    if bytes.isEqual(range, usual.rawValue) {
      self = usual
    } else if bytes.isEqual(range, Self.alreadyAbsent.rawValue) {
      self = .alreadyAbsent
    } else {
      return nil
    }
  }
}

extension SHA256 {
  /// Appends a line and its LF.
  fileprivate mutating func update(_ buffer: [UInt8], _ line: LineReader.Line) {
    update(buffer.span.extracting(line.range.lowerBound..<(line.range.upperBound + 1)))
  }
}

extension LineReader {
  mutating func nextStateLine() throws(StateError) -> Line? {
    try attempt(next()) { (error: ReadFailure) in StateError.unreadable(error.message) }
  }
}

extension Span<UInt8> {
  func isEqual(_ range: Range<Int>, _ text: String) -> Bool {
    let wanted = text.utf8.span
    guard range.count == wanted.count else { return false }
    var index = 0
    while index <= wanted.count - 8 {
      guard word(at: range.lowerBound + index) == wanted.word(at: index) else { return false }
      index += 8
    }
    while index < wanted.count {
      guard self[range.lowerBound + index] == wanted[index] else { return false }
      index += 1
    }
    return true
  }

  func text(_ range: Range<Int>) -> String {
    String(decoding: range.map { self[$0] }, as: UTF8.self)
  }
}

extension [UInt8] {
  func text(_ range: Range<Int>) -> String {
    String(decoding: self[range], as: UTF8.self)
  }
}
