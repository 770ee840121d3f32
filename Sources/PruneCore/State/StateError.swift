/// Why a state is refused (DESIGN 4). Nothing is ever guessed and the file is never touched.
package enum StateError: Error, Equatable, Sendable {
  /// The first line is not that of a state.
  case notAState
  /// Written by a newer tool.
  case newerVersion(String)
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
    case .notAState, .newerVersion, .otherApp, .otherService, .unreadable, .changed, .lastSerial,
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
    case .newerVersion(let version):
      "The state is of version \(version), and this imprune reads version \(StateHeader.version). "
        + "Use the imprune that wrote it, or a newer one."
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
