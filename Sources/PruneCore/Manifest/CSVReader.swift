internal import Bytes

/// Splits a CSV file into records and fields according to RFC 4180: commas separate fields; a field
/// with a comma, a quote or a line break is quoted, with quotes doubled; lines end with CRLF or LF.
/// An empty line is not a record.
///
/// It keeps only the requested fields of each record, and holds at most a line and a chunk.
struct CSVReader: ~Copyable {
  /// One record. Errors in its form have been noted.
  struct Record {
    /// The line on which it begins, counted from 1.
    let line: UInt32
    var fields = 0
    /// Whether quotes or line breaks were wrong, so that its fields may be wrong.
    var isBroken = false
  }

  /// A kept field.
  struct Field {
    /// The first bytes, without quotes.
    fileprivate(set) var bytes: [UInt8] = []
    /// Whether the field is longer.
    fileprivate(set) var isCut = false
    /// Where it begins.
    fileprivate(set) var place = Place(line: 1, column: 1)
  }

  /// A longer line is an error.
  static let maxLineBytes = 1 << 20
  /// How much of a field is kept.
  static let maxFieldBytes = 4 * UserID.maxBytes
  /// How many fields of a header are kept.
  private static let mostNames = 10_000

  /// The kept fields of the last record: the requested one, or the first ones.
  var kept: ArraySlice<Field> { fields[..<keptCount] }

  /// Storage for kept fields, reused for the next record.
  private var fields: [Field] = []
  private var keptCount = 0

  private var lines: LineReader
  private let file: UInt16
  /// Whether a quoted field is open, and where its quote is.
  private var isQuoted = false
  private var quote = Place(line: 1, column: 1)
  /// The index of the field to keep; nil for all.
  private var wanted: Int?

  private static let quoteByte = UInt8(ascii: "\"")

  init(_ source: ByteSource, file: UInt16) {
    lines = LineReader(source, maxLineBytes: Self.maxLineBytes)
    self.file = file
  }

  /// Reads the next record and keeps the field with this index or, if nil, all fields; nil at the
  /// end.
  mutating func next(
    keeping wanted: Int?, _ diagnostics: inout Diagnostics
  ) throws(ListRefusal) -> Record? {
    self.wanted = wanted
    var record: Record?
    while let line = try lines.nextOfList() {
      let range = lines.content(of: line)
      if record == nil {
        if range.isEmpty { continue }
        record = Record(line: lines.lineNumber)
        begin()
      }
      guard var current = record else { continue }
      if MergeMarker.begins(lines.buffer.span, range) {
        diagnostics.add(.error, at: place(range, range.lowerBound), .unresolvedMerge)
        current.isBroken = true
      } else if line.isOverlong {
        diagnostics.add(
          .error, at: place(range, range.lowerBound), .rowTooLong(Self.maxLineBytes))
        current.isBroken = true
      } else {
        refuseBidiControls(range, &current, &diagnostics)
        scan(range, &current, &diagnostics)
        if isQuoted {
          keep([UInt8(ascii: "\n")], current)
          record = current
          continue
        }
      }
      isQuoted = false
      return current
    }
    if isQuoted {
      diagnostics.add(.error, at: quote, .openQuote)
      isQuoted = false
    }
    return nil
  }

  // MARK: - Fields

  /// Scans a line; a quoted field may be open before and after it.
  private mutating func scan(
    _ line: Range<Int>, _ record: inout Record, _ diagnostics: inout Diagnostics
  ) {
    let hasQuotes = index(of: Self.quoteByte, line) != nil
    if !hasQuotes, !isQuoted { refuseCR(line, line, &record, &diagnostics) }
    var index = line.lowerBound
    if !isQuoted { open(at: index, line, record) }
    while true {
      if isQuoted {
        guard let end = self.index(of: Self.quoteByte, index..<line.upperBound) else {
          return keep(index..<line.upperBound, record)
        }
        keep(index..<end, record)
        index = end + 1
        if index < line.upperBound, lines.buffer[index] == Self.quoteByte {
          keep(index..<(index + 1), record)
          index += 1
          continue
        }
        isQuoted = false
        let rest =
          index..<(self.index(of: UInt8(ascii: ","), index..<line.upperBound) ?? line.upperBound)
        if !rest.isEmpty { refuse(.textAfterQuote, rest, line, &record, &diagnostics) }
        index = rest.upperBound
      } else if hasQuotes, index < line.upperBound, lines.buffer[index] == Self.quoteByte {
        isQuoted = true
        quote = place(line, index)
        index += 1
        continue
      } else {
        let end = self.index(of: UInt8(ascii: ","), index..<line.upperBound) ?? line.upperBound
        let field = index..<end
        if hasQuotes {
          if let stray = self.index(of: Self.quoteByte, field) {
            refuse(.strayQuote, stray..<end, line, &record, &diagnostics)
          }
          refuseCR(field, line, &record, &diagnostics)
        }
        keep(field, record)
        index = end
      }
      record.fields += 1
      if index == line.upperBound { return }
      index += 1
      open(at: index, line, record)
    }
  }

  private func index(of byte: UInt8, _ range: Range<Int>) -> Int? {
    lines.buffer.span.firstIndex(of: byte, in: range)
  }

  // MARK: - What is kept

  private mutating func begin() {
    isQuoted = false
    keptCount = 0
  }

  private func isKept(_ record: Record) -> Bool {
    wanted.map { $0 == record.fields } ?? (record.fields < Self.mostNames)
  }

  /// Begins a field, if it is to be kept.
  private mutating func open(at index: Int, _ line: Range<Int>, _ record: Record) {
    guard isKept(record) else { return }
    if keptCount == fields.count { fields.append(Field()) }
    fields[keptCount].bytes.removeAll(keepingCapacity: true)
    fields[keptCount].isCut = false
    fields[keptCount].place = place(line, index)
    keptCount += 1
  }

  private mutating func keep(_ range: Range<Int>, _ record: Record) {
    keep(lines.buffer[range], record)
  }

  private mutating func keep(_ bytes: some Collection<UInt8>, _ record: Record) {
    guard isKept(record), keptCount > 0 else { return }
    let last = keptCount - 1
    let room = Self.maxFieldBytes - fields[last].bytes.count
    if bytes.count > room { fields[last].isCut = true }
    fields[last].bytes.append(contentsOf: bytes.prefix(room))
  }

  // MARK: - Problems

  private func place(_ line: Range<Int>, _ index: Int) -> Place {
    var column: UInt32 = 1
    for byte in lines.buffer[line.lowerBound..<index] where byte & 0xC0 != 0x80 { column &+= 1 }
    return Place(file: file, line: lines.lineNumber, column: column)
  }

  private func refuse(
    _ problem: Problem, _ range: Range<Int>, _ line: Range<Int>, _ record: inout Record,
    _ diagnostics: inout Diagnostics
  ) {
    diagnostics.add(.error, at: place(line, range.lowerBound), problem)
    record.isBroken = true
  }

  private func refuseCR(
    _ range: Range<Int>, _ line: Range<Int>, _ record: inout Record,
    _ diagnostics: inout Diagnostics
  ) {
    guard let index = index(of: UInt8(ascii: "\r"), range) else { return }
    refuse(.carriageReturn, index..<range.upperBound, line, &record, &diagnostics)
  }

  /// In any column: text shown before or after the field may look like the id.
  private func refuseBidiControls(
    _ line: Range<Int>, _ record: inout Record, _ diagnostics: inout Diagnostics
  ) {
    if lines.buffer.span.isASCII(line) { return }
    let text = String(decoding: lines.buffer[line], as: UTF8.self)
    guard let scalar = text.unicodeScalars.first(where: \.isBidiControl) else { return }
    let before = text.unicodeScalars.prefix { !$0.isBidiControl }.count
    diagnostics.add(
      .error, at: Place(file: file, line: lines.lineNumber, column: UInt32(before + 1)),
      .bidiControl(scalar))
    record.isBroken = true
  }
}
