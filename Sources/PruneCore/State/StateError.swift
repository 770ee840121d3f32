/// Why imprune refuses a state (docs/architecture.md, "State"). It guesses nothing and leaves the
/// file unchanged.
package enum StateError: Error, Equatable, Sendable {
  /// The first line is not a state's.
  case notAState
  /// The file has no bytes.
  case empty
  /// Written by a newer version.
  case newerVersion(String)
  /// An editor, or git, has converted the text.
  case rewritten(TextForm)
  /// A line is a conflict marker of an unresolved merge.
  case unresolvedMerge(line: UInt32)
  /// A line has a wrong format; the text says what imprune expected.
  case malformed(line: UInt32, String)
  /// Two records of one user and operation, or records out of order.
  case outOfOrder(line: UInt32)
  /// The file ends before its trailer.
  case truncated
  /// The header's record count is wrong.
  case wrongCount(said: Int, found: Int)
  /// The trailer's checksum does not match the bytes before it.
  case wrongChecksum
  /// The state belongs to another app.
  case otherApp(state: SDKAppID, manifest: SDKAppID)
  /// The state belongs to the other kind of service.
  case otherService(state: ServiceKind, manifest: ServiceKind)
  /// The operating system's message.
  case unreadable(String)
  /// Another program changed it while imprune read it.
  case changed
  /// Its serial is the highest, so it cannot be saved again.
  case lastSerial
  /// A line of the header that repair needs is missing or unreadable.
  case headerLost(String)
  /// This line starts a second header, which contradicts the first.
  case headersDiffer(line: UInt32, String)

  /// Whether `state repair` can help.
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

  /// What is wrong and, unless it is damage, what to do, in sentences.
  package var explanation: String {
    switch self {
    case .notAState:
      "The first line is not the header of an imprune state. If this is the wrong file, name the "
        + "right one with --state FILE. If you have no state yet, run `imprune init`. If the "
        + "state is damaged, run `imprune state repair --dry-run` to see what it can recover."
    case .empty:
      "The file is empty. imprune never writes an empty state, so something truncated it. "
        + "Restore the last good version from version control or a backup, or name another state "
        + "with --state FILE. If there was no state before, delete the file and run `imprune "
        + "init`."
    case .newerVersion(let version):
      "The state has version \(version), but this imprune reads version \(StateHeader.version). "
        + "Use the imprune that wrote it, or a newer one."
    case .rewritten(.carriageReturns):
      "The lines end with CR LF instead of LF: git or an editor converted the file. Run `imprune "
        + "state repair` to convert it back; no record is lost. To stop git from converting it "
        + "again, add `*.state -text merge=imprune` to .gitattributes."
    case .rewritten(.byteOrderMark):
      "The file begins with a byte order mark, which imprune never writes: an editor added it. "
        + "Run `imprune state repair` to remove it; no record is lost."
    case .rewritten(.utf16):
      "The file is UTF-16 text, but imprune writes UTF-8: an editor or a shell converted it. "
        + "Restore the last good version from version control."
    case .unresolvedMerge(let line):
      "Line \(line) is a conflict marker of an unresolved merge. Get the three versions from git "
        + "with `git show :1:FILE` (base), `:2:FILE` (ours) and `:3:FILE` (theirs), and merge "
        + "them with `imprune state merge`. If you set up imprune as git's merge driver, git "
        + "merges states itself."
    case .malformed(let line, let expected):
      "Line \(line) is not \(expected)."
    case .outOfOrder(let line):
      "The record on line \(line) repeats the record before it or is out of order."
    case .truncated:
      "The file ends before its checksum line."
    case .wrongCount(let said, let found):
      "The header says \(said) records, but the file contains \(found)."
    case .wrongChecksum:
      "The checksum does not match: something other than imprune changed the file."
    case .otherApp(let state, let manifest):
      "The state belongs to app \(state), but the manifest is for app \(manifest). Name the "
        + "state of app \(manifest) with --state FILE."
    case .otherService(let state, let manifest):
      "The state belongs to the \(state.rawValue) service, but the manifest points to the "
        + "\(manifest.rawValue) one. A sandbox run does not change real users, so keep a "
        + "separate state for each service and name it with --state FILE."
    case .unreadable(let words):
      "imprune cannot read the file: \(words). Check the path and the permissions, then run the "
        + "command again."
    case .changed:
      "Another program changed the file while imprune read it. Run the command again when "
        + "nothing else writes to the file."
    case .lastSerial:
      "The serial is the highest number that a state can have, so imprune cannot save this "
        + "state. Normal use never reaches it; another program edited the file. Restore the last "
        + "good version from version control. Or edit the `serial` line to a lower number and "
        + "run `imprune state repair`."
    case .headerLost(let key):
      "imprune cannot read `\(key)` in the header and does not guess it. Copy that line from the "
        + "last good version in version control, then run `imprune state repair` again."
    case .headersDiffer(let line, let key):
      "Line \(line) starts a second state, whose `\(key)` differs from the header. Split the "
        + "file into two states, then run `imprune state repair` again."
    }
  }
}

/// A form of text that imprune never writes, but other programs convert a state into.
package enum TextForm: Equatable, Sendable {
  /// Lines end with CR LF.
  case carriageReturns
  /// The text begins with U+FEFF in UTF-8.
  case byteOrderMark
  /// The text begins with U+FEFF in UTF-16.
  case utf16

  /// The form of a text, from its first line; nil for none of these.
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
