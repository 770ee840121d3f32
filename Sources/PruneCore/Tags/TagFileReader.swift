package import Bytes
internal import JSON

/// Reads a tag file line by line, without holding it in memory.
///
/// A line is intact on its own, so the tags of a user count as soon as they are read; whether they
/// are all that the run saved is known at the end.
package struct TagFileReader: ~Copyable {
  package let header: TagFileHeader
  /// How many users' lines were read.
  package private(set) var users = 0
  /// Whether the file ends with its end line, once `next()` has returned nil. If not, the run was
  /// killed, or it is still under way.
  package private(set) var isWhole = false

  private var lines: FramedLines

  /// The most bytes of a line. No line that imprune writes is longer: a response has at most 1 MiB
  /// (`TransferOptions.maxResponseBytes`), and the JSON of a line takes at most six bytes for one of
  /// it.
  static let maxLineBytes = 8 << 20

  /// As many bytes as a header's line can have, and more.
  private static let headBytes = 256

  /// What other programs may have made of a tag file with these first bytes; nil if it is as imprune
  /// wrote it, or something else.
  private static func form(_ first: [UInt8]) -> TextForm? {
    let line = first.prefix(headBytes).prefix { $0 != UInt8(ascii: "\n") }
    guard let form = TextForm(firstLine: line) else { return nil }
    let plain = TextForm.plain(line.indices, in: first, isFirst: true)
    let isTagFile = FramedLine.mayBegin(Array(first[plain]), kind: TagFileHeader.kind)
    return form == .utf16 || isTagFile ? form : nil
  }

  /// Reads the header.
  package init(_ source: ByteSource) throws(TagFileError) {
    let kind = TagFileHeader.kind
    let (first, whole) = source.peeked(Self.headBytes)
    if let form = Self.form(first) { throw .rewritten(form) }
    guard FramedLine.mayBegin(first, kind: kind) else { throw .notATagFile }
    var lines = FramedLines(whole, maxLineBytes: Self.maxLineBytes)
    guard let line = try attempt(lines.next(), orThrow: TagFileError.init) else { throw .empty }
    let version = line.text(1).flatMap { UInt32(canonical: $0) }
    if let version, version > TagFileHeader.version { throw .newerVersion("\(version)") }
    guard let header = TagFileHeader(line) else { throw .damaged(line: 1) }
    self.header = header
    self.lines = lines
  }

  /// The number of the line last returned, counted from 1.
  package var lineNumber: UInt32 { lines.lineNumber }

  /// The next user's tags, or nil at the end.
  package mutating func next() throws(TagFileError) -> SavedTags? {
    guard let line = try attempt(lines.next(), orThrow: TagFileError.init) else { return nil }
    if let saved = SavedTags(line) {
      users += 1
      return saved
    }
    guard line.kind == TagFileHeader.end, line.count == 2,
      let said = line.text(1).flatMap({ Int(canonical: $0) })
    else { throw .damaged(line: lineNumber) }
    if said != users { throw .wrongCount(said: said, found: users) }
    let isLast = try attempt(lines.next(), orThrow: TagFileError.init) == nil && !lines.isTorn
    guard isLast else { throw .damaged(line: lineNumber) }
    isWhole = true
    return nil
  }
}

extension TagFileHeader {
  fileprivate init?(_ line: FramedLine) {
    guard line.count == 7, line.kind == Self.kind, line.text(1) == "\(Self.version)",
      let app = line.text(2).flatMap(StateHeader.app),
      let service = line.text(3).flatMap(ServiceKind.init),
      let lineage = line.value(4, Lineage.init(_:_:)),
      let run = line.value(5, RunID.init(_:_:)),
      let api = line.text(6).flatMap(TagsAPI.init)
    else { return nil }
    self.init(app: app, service: service, lineage: lineage, run: run, api: api)
  }
}

extension SavedTags {
  fileprivate init?(_ line: FramedLine) {
    guard line.count == 4, line.kind == Self.kind, let time = line.value(1, Timestamp.init),
      let id = line.id(2), let tags = Self.tags(line[3])
    else { return nil }
    self.init(id: id, tags: tags, time: time)
  }

  /// Reads the JSON of tags; only the form that imprune writes is accepted.
  private static func tags(_ text: ArraySlice<UInt8>) -> [Tag]? {
    var json = JSONReader(Array(text))
    var tags: [Tag] = []
    do throws(JSONError) {
      try json.array { (json) throws(JSONError) in
        try json.readString()
        tags.append(Tag(json.text))
      }
      try json.end()
    } catch {
      return nil
    }
    return Self.json(of: tags).elementsEqual(text) ? tags : nil
  }
}
