/// JSON under construction, as UTF-8 bytes.
struct JSONText {
  /// What has been written so far.
  private(set) var bytes: [UInt8] = []

  /// Appends text that is JSON already.
  mutating func raw(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends JSON written elsewhere.
  mutating func raw(_ text: JSONText) {
    bytes += text.bytes
  }

  /// Appends a number.
  mutating func number(_ value: some FixedWidthInteger) {
    raw(String(value))
  }

  /// Appends a string with its quotes and escapes.
  mutating func string(_ content: some Sequence<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for byte in content { character(byte) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends an id as a string.
  mutating func string(_ id: UserID) {
    bytes.append(UInt8(ascii: "\""))
    for index in 0..<id.count { character(id[index]) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends `elements` between brackets, each written by `write`.
  mutating func array<Element>(
    _ elements: some Sequence<Element>, _ write: (inout JSONText, Element) -> Void
  ) {
    list("[", "]", elements, write)
  }

  /// Appends `members` between braces; `write` writes name, colon and value.
  mutating func object<Member>(
    _ members: some Sequence<Member>, _ write: (inout JSONText, Member) -> Void
  ) {
    list("{", "}", members, write)
  }

  /// Appends a value of any kind.
  mutating func value(_ value: JSONValue) {
    switch value {
    case .null: raw("null")
    case .bool(let isTrue): raw(isTrue ? "true" : "false")
    case .number(let digits): bytes += digits
    case .string(let content): string(content)
    case .array(let elements): array(elements) { $0.value($1) }
    case .object(let members): object(members) { $0.member($1) }
    }
  }

  /// Appends a member of an object.
  mutating func member(_ member: JSONValue.Member) {
    string(member.name)
    raw(":")
    value(member.value)
  }

  private mutating func list<Element>(
    _ opening: String, _ closing: String, _ elements: some Sequence<Element>,
    _ write: (inout JSONText, Element) -> Void
  ) {
    raw(opening)
    var isFirst = true
    for element in elements {
      if !isFirst { raw(",") }
      isFirst = false
      write(&self, element)
    }
    raw(closing)
  }

  private mutating func character(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0..<0x20:
      let digits = String(byte, radix: 16)
      raw("\\u00" + (digits.utf8.count == 1 ? "0" : "") + digits)
    default:
      bytes.append(byte)
    }
  }
}
