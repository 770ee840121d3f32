internal import Bytes
internal import Crypto

/// A line of a journal or of a tag file: `CRC<TAB>KIND<TAB>...<LF>`. The CRC-32, in eight
/// hexadecimal digits, covers everything after its tab, without the LF.
struct FramedLine {
  private let bytes: [UInt8]
  /// What the tabs after the CRC separate; the kind is the first.
  private let fields: [Range<Int>]

  /// The length of the CRC with its tab.
  private static let prefix = 9

  /// Nil unless the line is complete, with a correct CRC.
  init?(_ buffer: [UInt8], _ line: LineReader.Line) {
    let bytes = buffer.span
    let start = line.range.lowerBound + Self.prefix
    guard line.isEnded, !line.isOverlong, line.range.count > Self.prefix,
      bytes[start - 1] == UInt8(ascii: "\t"),
      let said = UInt64(hex: bytes, line.range.lowerBound..<(start - 1))
    else { return nil }
    var crc = CRC32()
    crc.update(bytes.extracting(start..<line.range.upperBound))
    guard said == UInt64(crc.value) else { return nil }
    var fields: [Range<Int>] = []
    var field = start
    bytes.forEachIndex(of: UInt8(ascii: "\t"), in: start..<line.range.upperBound) { tab in
      fields.append(field..<tab)
      field = tab + 1
    }
    fields.append(field..<line.range.upperBound)
    self.bytes = buffer
    self.fields = fields
  }

  /// Whether a damaged line ends in a complete one of at most 16 KiB. Longer ones are not looked
  /// for: each place that may begin a line costs a CRC of the rest.
  static func isAtEnd(of line: LineReader.Line, _ buffer: [UInt8]) -> Bool {
    line.range.dropFirst().suffix(1 << 14).contains { start in
      let rest = LineReader.Line(
        range: start..<line.range.upperBound, isEnded: line.isEnded, isOverlong: line.isOverlong)
      return FramedLine(buffer, rest) != nil
    }
  }

  /// Whether a file begins with a line of this kind, as far as these first bytes of it go. The CRC
  /// is not compared.
  static func mayBegin(_ bytes: [UInt8], kind: String) -> Bool {
    bytes.prefix(prefix - 1).allSatisfy(\.isLowercaseHexDigit)
      && zip(bytes.dropFirst(prefix - 1), "\t\(kind)\t".utf8).allSatisfy(==)
  }

  /// Whether these first bytes of a file show that it begins with a line of this kind.
  fileprivate static func begins(_ bytes: [UInt8], kind: String) -> Bool {
    bytes.count >= beginning(of: kind) && mayBegin(bytes, kind: kind)
  }

  /// How many first bytes show of which kind a line is.
  static func beginning(of kind: String) -> Int { prefix + kind.utf8.count + 1 }

  // MARK: - Fields

  var kind: String { text(0) ?? "" }

  var count: Int { fields.count }

  /// The bytes of a field; none if there is no such field.
  subscript(index: Int) -> ArraySlice<UInt8> {
    fields.indices.contains(index) ? bytes[fields[index]] : []
  }

  func text(_ index: Int) -> String? {
    fields.indices.contains(index) ? String(decoding: self[index], as: UTF8.self) : nil
  }

  /// Reads a field with a parser of bytes.
  func value<Value>(_ index: Int, _ parse: (Span<UInt8>, Range<Int>) -> Value?) -> Value? {
    fields.indices.contains(index) ? parse(bytes.span, fields[index]) : nil
  }

  /// Reads the id of a user.
  func id(_ index: Int) -> UserID? {
    value(index) { UserIDRules.isUsable($0, $1) ? UserID($0, $1) : nil }
  }
}

extension JournalHeader {
  /// Whether a file with these first bytes is a journal of any version.
  package static func begins(_ bytes: [UInt8]) -> Bool { FramedLine.begins(bytes, kind: kind) }
}

extension TagFileHeader {
  /// Whether a file with these first bytes is a tag file of any version.
  package static func begins(_ bytes: [UInt8]) -> Bool { FramedLine.begins(bytes, kind: kind) }
}

extension [UInt8] {
  /// Appends a line with its CRC before it and an LF after it.
  mutating func appendFramed(_ write: (inout [UInt8]) -> Void) {
    let start = count
    append(contentsOf: "00000000\t".utf8)
    write(&self)
    var crc = CRC32()
    crc.update(span.extracting((start + 9)..<count))
    var hex: [UInt8] = []
    hex.appendHex(UInt64(crc.value), digits: 8)
    replaceSubrange(start..<(start + 8), with: hex)
    append(UInt8(ascii: "\n"))
  }
}
