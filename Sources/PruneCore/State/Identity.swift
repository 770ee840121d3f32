internal import Bytes

/// Names one run of `apply`: 48 random bits, written as twelve hexadecimal digits.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
  package let number: UInt64

  /// Takes the low 48 bits.
  package init(_ number: UInt64) {
    self.number = number & 0xFFFF_FFFF_FFFF
  }

  package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard range.count == 12, let number = UInt64(hex: bytes, range) else { return nil }
    self.number = number
  }

  /// Reads the twelve digits; nil for another text.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span, 0..<bytes.count)
  }

  package func append(to bytes: inout [UInt8]) {
    bytes.append(addingCapacity: 12) { write(to: &$0) }
  }

  /// Writes the twelve digits.
  func write(to text: inout ByteRoom) {
    text.appendHex(number, digits: 12)
  }

  package var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Identifies a state and all its descendants: 64 random bits, made when the state is created.
package struct Lineage: Hashable, Sendable, CustomStringConvertible {
  package let number: UInt64

  package init(_ number: UInt64) {
    self.number = number
  }

  package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard range.count == 16, let number = UInt64(hex: bytes, range) else { return nil }
    self.number = number
  }

  package var description: String {
    var bytes: [UInt8] = []
    bytes.appendHex(number, digits: 16)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The kind of service of a state: a sandbox's state must not be used for the live service
/// (docs/architecture.md, "State").
package enum ServiceKind: String, Sendable {
  case live
  case loopback

  package init(_ endpoint: Endpoint) {
    self = endpoint.isLoopback ? .loopback : .live
  }
}
