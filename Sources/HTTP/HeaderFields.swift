/// The fields of an answer's header that somebody asks for, as they came.
struct HeaderFields {
  enum Name: String, CaseIterable {
    case date
    case contentType = "content-type"
  }

  /// The longest value that is kept; none of these is near it.
  private static let maxBytes = 256

  private var values: [Name: String] = [:]

  /// A field's value without the blanks around it; the first if it came more than once.
  subscript(name: Name) -> String? { values[name] }

  /// Takes a line of a header, with its end.
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
