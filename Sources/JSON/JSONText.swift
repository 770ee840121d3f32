public import Bytes

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
public struct JSONText: Sendable {
  /// How the parts of an object or an array stand.
  public enum Layout: Sendable {
    /// Each part on a line of its own.
    case lines
    /// All on one line.
    case compact
  }

  /// What is written and not taken yet.
  public var bytes: [UInt8] { written }
  @usableFromInline var written: [UInt8] = []
  /// The layout of each object or array that is open.
  @usableFromInline var open: [Layout] = []
  /// Whether the next part is the first of what was opened last.
  @usableFromInline var isFirst = true
  /// Whether a key has just been written, whose value follows.
  private var hasKey = false

  public init() {}

  /// Hands out what is written so far.
  public mutating func take() -> [UInt8] {
    defer { written = [] }
    return written
  }

  /// How many bytes are gathered before they are handed on.
  public static let piece = 1 << 20

  /// Hands what is written so far to `sink`, as soon as that is a piece worth handing on.
  @inlinable public mutating func drain<Failure: Error>(
    to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    guard written.count >= Self.piece else { return }
    try sink(bytes)
    written.removeAll(keepingCapacity: true)
  }

  // MARK: - Structure

  @inlinable public mutating func object<Failure: Error>(
    _ layout: Layout = .compact, _ body: (inout JSONText) throws(Failure) -> Void
  ) throws(Failure) {
    try enclose("{", "}", layout, body)
  }

  @inlinable public mutating func array<Failure: Error>(
    _ layout: Layout = .compact, _ body: (inout JSONText) throws(Failure) -> Void
  ) throws(Failure) {
    try enclose("[", "]", layout, body)
  }

  /// Begins a part of an object; its value must follow.
  public mutating func key(_ name: String) {
    separate()
    append(quoting: name)
    append(":")
    append(" ")
    hasKey = true
  }

  @inlinable mutating func enclose<Failure: Error>(
    _ start: Unicode.Scalar, _ end: Unicode.Scalar, _ layout: Layout,
    _ body: (inout JSONText) throws(Failure) -> Void
  ) throws(Failure) {
    separate()
    append(start)
    open.append(layout)
    isFirst = true
    try body(&self)
    open.removeLast()
    if layout == .lines, !isFirst { breakLine() }
    isFirst = false
    append(end)
  }

  /// Writes what stands between the part before and the next one.
  @usableFromInline mutating func separate() {
    if hasKey {
      hasKey = false
      return
    }
    guard let layout = open.last else { return }
    if !isFirst {
      append(",")
      if layout == .compact { append(" ") }
    }
    isFirst = false
    if layout == .lines { breakLine() }
  }

  @usableFromInline mutating func breakLine() {
    append("\n")
    for _ in 0..<(2 * open.count) { append(" ") }
  }

  @inlinable mutating func append(_ character: Unicode.Scalar) {
    written.append(UInt8(ascii: character))
  }

  // MARK: - Fields

  @inlinable public mutating func field(_ name: String, _ number: some BinaryInteger) {
    key(name)
    value(number)
  }

  /// A field of a number, or null.
  @inlinable public mutating func field(_ name: String, _ number: (some BinaryInteger)?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  public mutating func field(_ name: String, _ isTrue: Bool) {
    key(name)
    value(isTrue)
  }

  /// A field of text, or null.
  public mutating func field(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  /// A field of a file and a line: `file:line`.
  public mutating func field(_ name: String, _ file: String, line: UInt32) {
    key(name)
    separate()
    append(quoting: file)
    written.removeLast()
    append(":")
    written.appendDecimal(line)
    append("\"")
  }

  // MARK: - Values

  @inlinable public mutating func value(_ number: some BinaryInteger) {
    separate()
    if number < 0 { append("-") }
    written.appendDecimal(number.magnitude)
  }

  /// A number of any kind, such as `-0.5e+10`, as it is written.
  public mutating func value(number: [UInt8]) {
    separate()
    written += number
  }

  public mutating func value(_ isTrue: Bool) {
    separate()
    written.append(contentsOf: (isTrue ? "true" : "false").utf8)
  }

  public mutating func null() {
    separate()
    written.append(contentsOf: "null".utf8)
  }

  /// Text of any origin: what JSON reserves, controls, and what a log would obey are escaped.
  public mutating func value(_ text: String) {
    separate()
    append(quoting: text)
  }

  /// Text of `count` bytes of UTF-8, each told by its index.
  @inlinable public mutating func value(count: Int, _ byte: (Int) -> UInt8) {
    separate()
    append(quoting: count, byte)
  }

  // MARK: - Strings

  private mutating func append(quoting text: String) {
    let utf8 = text.utf8.span
    append(quoting: utf8.count) { utf8[$0] }
  }

  /// Appends a string of `count` bytes. A plan has a dozen for each user, so what stands in them as
  /// it is goes into room made once.
  @inlinable mutating func append(quoting count: Int, _ byte: (Int) -> UInt8) {
    var plain = 0
    written.append(addingCapacity: count + 1) { (room: inout ByteRoom) in
      room.append(UInt8(ascii: "\""))
      while plain < count, Self.escape(of: byte(plain)) == nil {
        room.append(byte(plain))
        plain += 1
      }
    }
    for index in plain..<count { append(escaping: byte(index)) }
    append("\"")
  }

  /// How a byte is kept from standing in a string as it is.
  @usableFromInline enum Escape {
    case backslash
    case code
    /// A code behind `##`, which is how a command of GitHub Actions begins, wherever it stands in a
    /// line of a log.
    case codeBehindHashes
  }

  /// Nil for a byte that stands as it is, wherever it stands.
  @inlinable static func escape(of byte: UInt8) -> Escape? {
    if byte < 0x20 || byte == 0x7F { return .code }
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return .backslash }
    return byte == UInt8(ascii: "[") ? .codeBehindHashes : nil
  }

  @usableFromInline mutating func append(escaping byte: UInt8) {
    switch Self.escape(of: byte) {
    case .backslash:
      written.append(UInt8(ascii: "\\"))
      written.append(byte)
    case .codeBehindHashes where written.suffix(2) != Array("##".utf8)[...], nil:
      written.append(byte)
    case .code, .codeBehindHashes:
      written.append(contentsOf: "\\u".utf8)
      written.appendHex(UInt64(byte), digits: 4)
    }
  }
}
