/// The fields of a response's header that callers read, unchanged.
struct HeaderFields {
  enum Name: String, CaseIterable {
    case date
    case contentType = "content-type"
  }

  /// The longest value to keep; real values are much shorter.
  private static let maxBytes = 256

  private var values: [Name: String] = [:]

  /// A field's value without surrounding blanks; the first if the field is repeated.
  subscript(name: Name) -> String? { values[name] }

  /// Takes a line of a header, including its line break.
  mutating func take(_ line: UnsafeRawBufferPointer) {
    for name in Name.allCases where values[name] == nil {
      let length = name.rawValue.utf8.count
      guard line.count > length, unsafe line[length] == UInt8(ascii: ":") else { continue }
      let isIt = unsafe zip(line, name.rawValue.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
      guard isIt else { continue }
      let blanks = Array(" \t\r\n".utf8)
      var value = unsafe Array(line[(length + 1)...].prefix(Self.maxBytes))[...]
      while let first = value.first, blanks.contains(first) { value.removeFirst() }
      while let last = value.last, blanks.contains(last) { value.removeLast() }
      values[name] = String(decoding: value, as: UTF8.self)
    }
  }
}
