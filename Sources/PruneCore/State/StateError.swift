/// Why a state is refused (docs/architecture.md, "State"). Nothing is ever guessed and the file is
/// never touched.
package enum StateError: Error, Equatable, Sendable {
  /// The first line is not that of a state.
  case notAState
  /// The file has no bytes.
  case empty
  /// Written by a newer tool.
  case newerVersion(String)
  /// An editor, or git, has rewritten the text in another form.
  case rewritten(TextForm)
  /// A line is a marker of a merge that nobody has resolved.
  case unresolvedMerge(line: UInt32)
  /// A line is not what the format says; the words tell what was expected.
  case malformed(line: UInt32, String)
  /// Two records of one user and operation, or records out of order.
  case outOfOrder(line: UInt32)
  /// The file ends before its trailer.
  case truncated
  /// The header's count of records is not what follows.
  case wrongCount(said: Int, found: Int)
  /// The trailer's checksum is not that of the bytes before it.
  case wrongChecksum
  /// The state is of another app.
  case otherApp(state: SDKAppID, manifest: SDKAppID)
  /// The state is of the other kind of service.
  case otherService(state: ServiceKind, manifest: ServiceKind)
  /// The operating system's words.
  case unreadable(String)
  /// It was changed by something else while it was read.
  case changed
  /// Its serial is the highest, so it cannot be saved again.
  case lastSerial
  /// A line of the header that repair cannot do without is not there, or not to be read.
  case headerLost(String)
  /// A second header, which contradicts the first, stands on this line.
  case headersDiffer(line: UInt32, String)

  /// Whether `state repair` is a way out.
  package var isDamage: Bool {
    switch self {
    case .malformed, .outOfOrder, .truncated, .wrongCount, .wrongChecksum: true
    case .notAState, .empty, .newerVersion, .rewritten, .unresolvedMerge, .otherApp, .otherService,
      .unreadable,
      .changed,
      .lastSerial,
      .headerLost, .headersDiffer:
      false
    }
  }

  /// What is wrong and, unless it is damage, the way out, in sentences.
  package var explanation: String {
    switch self {
    case .notAState:
      "The file does not begin like an imprune state. If it is the wrong file, name the right one "
        + "with --state FILE; an empty state is made by `imprune init`. If it is a damaged state, "
        + "`imprune state repair` tells what can be saved."
    case .empty:
      "The file is empty, and a state never is: something has cut it to nothing. Put the last good "
        + "version back, from version control or a backup, or name another with --state FILE. If "
        + "there never was one, remove the file and make a state with `imprune init`."
    case .newerVersion(let version):
      "The state is of version \(version), and this imprune reads version \(StateHeader.version). "
        + "Use the imprune that wrote it, or a newer one."
    case .rewritten(.carriageReturns):
      "Its lines end with CR LF, and imprune writes LF: git or an editor has rewritten the file. "
        + "`imprune state repair` turns it back, and no record is lost. To keep git from doing it "
        + "again, put `*.state -text merge=imprune` in .gitattributes."
    case .rewritten(.byteOrderMark):
      "It begins with a byte order mark, which imprune never writes: an editor has rewritten the "
        + "file. `imprune state repair` takes the mark away, and no record is lost."
    case .rewritten(.utf16):
      "It is UTF-16 text, and imprune writes UTF-8: an editor or a shell has rewritten the file. Take "
        + "the last good version from version control."
    case .unresolvedMerge(let line):
      "Line \(line) is a marker of an unresolved merge. Take the three versions from version control, "
        + "such as `git show :1:FILE` (the base), `:2:` (ours) and `:3:` (theirs), and merge them with "
        + "`imprune state merge`. With imprune as git's merge driver, git does it by itself."
    case .malformed(let line, let expected):
      "Line \(line) is not \(expected)."
    case .outOfOrder(let line):
      "The record on line \(line) repeats the one before it or is out of order."
    case .truncated:
      "The file ends before its checksum line."
    case .wrongCount(let said, let found):
      "The header speaks of \(said) records and \(found) follow."
    case .wrongChecksum:
      "The checksum does not fit the file: it was changed by something else than imprune."
    case .otherApp(let state, let manifest):
      "The state is of app \(state) and the manifest of app \(manifest). "
        + "Use the state that belongs to this app (--state FILE)."
    case .otherService(let state, let manifest):
      "The state is of the \(state.rawValue) service and the manifest points at the "
        + "\(manifest.rawValue) one. What was rehearsed against a sandbox was not done to real "
        + "users: keep a state for each (--state FILE)."
    case .unreadable(let words):
      "The file could not be read: \(words)."
    case .changed:
      "The file was changed while it was read. Try again when nothing else writes to it."
    case .lastSerial:
      "Its serial is the highest that a state can have, so it cannot be saved again and is left as it "
        + "is. Saves alone do not lead there: something else has written it. Take the last good "
        + "version from version control; or put a lower number on its `serial` line by hand, and "
        + "make it whole with `imprune state repair`."
    case .headerLost(let key):
      "The header's `\(key)` cannot be read, and it is never guessed. Put that line back as the last "
        + "good version in version control has it, then repair again."
    case .headersDiffer(let line, let key):
      "Line \(line) begins another state: its `\(key)` is not that of the header. Take the two "
        + "apart, then repair again."
    }
  }
}

/// A form of text that imprune never writes and that other programs turn a state into.
package enum TextForm: Equatable, Sendable {
  /// Lines end with CR LF.
  case carriageReturns
  /// The text begins with U+FEFF in UTF-8.
  case byteOrderMark
  /// The text begins with U+FEFF in UTF-16.
  case utf16

  /// The form that the first line of a text shows; nil if it shows none of these.
  init?(firstLine bytes: ArraySlice<UInt8>) {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      self = .utf16
    } else if bytes.starts(with: Self.mark) {
      self = .byteOrderMark
    } else if bytes.last == UInt8(ascii: "\r") {
      self = .carriageReturns
    } else {
      return nil
    }
  }

  fileprivate static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// A line without what these forms, other than UTF-16, add to it.
  static func plain(_ line: Range<Int>, in bytes: [UInt8], isFirst: Bool) -> Range<Int> {
    var line = line
    if isFirst, bytes[line].starts(with: mark) { line = (line.lowerBound + 3)..<line.upperBound }
    if let last = line.last, bytes[last] == UInt8(ascii: "\r") { line.removeLast() }
    return line
  }
}

extension Range<Int> {
  fileprivate mutating func removeLast() { self = lowerBound..<(upperBound - 1) }
}
