/// The fields of a response's header that callers read, unchanged.
struct HeaderFields {
  /// The longest value to keep; real values are much shorter.
  private static let maxBytes = 256

  /// In lower case.
  private let names: [[UInt8]]
  private(set) var values: [String: String] = [:]

  /// Keeps `Date`, `Content-Type`, and the fields with these names.
  init(_ names: [String] = []) {
    self.names = (["date", "content-type"] + names).map { Array($0.lowercased().utf8) }
  }

  /// Forgets the values: another header begins.
  mutating func reset() { values = [:] }

  /// Takes a line of a header, including its line break. Of a repeated field, the first counts.
  mutating func take(_ line: UnsafeRawBufferPointer) {
    for name in names {
      guard line.count > name.count, unsafe line[name.count] == UInt8(ascii: ":") else { continue }
      let isIt = unsafe zip(line, name).allSatisfy { $0 == $1 || Self.lowercase($0) == $1 }
      guard isIt else { continue }
      let blanks = Array(" \t\r\n".utf8)
      var value = unsafe Array(line[(name.count + 1)...].prefix(Self.maxBytes))[...]
      while let first = value.first, blanks.contains(first) { value.removeFirst() }
      while let last = value.last, blanks.contains(last) { value.removeLast() }
      let key = String(decoding: name, as: UTF8.self)
      if values[key] == nil { values[key] = String(decoding: value, as: UTF8.self) }
    }
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}
