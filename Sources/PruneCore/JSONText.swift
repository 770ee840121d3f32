/// Writes JSON, key by key, into bytes that can be taken on the way; nothing is held as a tree.
///
/// ```swift
/// var json = JSONText()
/// json.object { json in
///   json.field("app", 1_400_000_000)
///   json.key("users")
///   json.array(.lines) { json in json.value("a") }
/// }
/// ```
package struct JSONText: Sendable {
  /// How the parts of an object or an array stand.
  package enum Layout: Sendable {
    /// Each part on a line of its own.
    case lines
    /// All on one line.
    case compact
  }

  /// What is written and not taken yet.
  package private(set) var bytes: [UInt8] = []
  /// The layout of each object or array that is open.
  private var open: [Layout] = []
  /// Whether the next part is the first of what was opened last.
  private var isFirst = true
  /// Whether a key has just been written, whose value follows.
  private var hasKey = false

  package init() {}

  /// Hands out what is written so far.
  package mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  // MARK: - Structure

  package mutating func object(
    _ layout: Layout = .compact, _ body: (inout JSONText) throws -> Void
  ) rethrows {
    try enclose("{", "}", layout, body)
  }

  package mutating func array(
    _ layout: Layout = .compact, _ body: (inout JSONText) throws -> Void
  ) rethrows {
    try enclose("[", "]", layout, body)
  }

  /// Begins a part of an object; its value must follow.
  package mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: name.description.utf8)
    bytes.append(contentsOf: "\": ".utf8)
    hasKey = true
  }

  private mutating func enclose(
    _ start: StaticString, _ end: StaticString, _ layout: Layout,
    _ body: (inout JSONText) throws -> Void
  ) rethrows {
    separate()
    bytes.append(contentsOf: start.description.utf8)
    open.append(layout)
    isFirst = true
    try body(&self)
    open.removeLast()
    if layout == .lines, !isFirst { breakLine() }
    isFirst = false
    bytes.append(contentsOf: end.description.utf8)
  }

  /// Writes what stands between the part before and the next one.
  private mutating func separate() {
    if hasKey {
      hasKey = false
      return
    }
    guard let layout = open.last else { return }
    if !isFirst {
      bytes.append(UInt8(ascii: ","))
      if layout == .compact { bytes.append(UInt8(ascii: " ")) }
    }
    isFirst = false
    if layout == .lines { breakLine() }
  }

  private mutating func breakLine() {
    bytes.append(UInt8(ascii: "\n"))
    for _ in open { bytes.append(contentsOf: "  ".utf8) }
  }

  // MARK: - Fields

  package mutating func field(_ name: StaticString, _ number: some BinaryInteger) {
    key(name)
    value(number)
  }

  package mutating func field(_ name: StaticString, _ isTrue: Bool) {
    key(name)
    value(isTrue)
  }

  /// A field of text, or null.
  package mutating func field(_ name: StaticString, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  package mutating func field(_ name: StaticString, _ id: UserID) {
    key(name)
    value(id)
  }

  // MARK: - Values

  package mutating func value(_ number: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  package mutating func value(_ isTrue: Bool) {
    separate()
    bytes.append(contentsOf: (isTrue ? "true" : "false").utf8)
  }

  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Text of any origin: what JSON reserves, controls, and what a log would obey are escaped.
  package mutating func value(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy(Self.isPlain) {
      bytes.append(contentsOf: text.utf8)
    } else {
      for byte in text.utf8 { append(escaping: byte) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether a byte stands in a string as it is, wherever it stands.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      && byte != UInt8(ascii: "[")
  }

  package mutating func value(_ id: UserID) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for index in 0..<id.count { append(escaping: id[index]) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(escaping byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    // `##[` is how a command of GitHub Actions begins, wherever it stands in a line of a log.
    case UInt8(ascii: "[") where bytes.suffix(2) == Array("##".utf8)[...], ..<0x20, 0x7F:
      bytes.append(contentsOf: "\\u".utf8)
      bytes.appendHex(UInt64(byte), digits: 4)
    default: bytes.append(byte)
    }
  }
}
