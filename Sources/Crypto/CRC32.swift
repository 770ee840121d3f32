private import CCrypto

/// A running CRC-32 (the one of zlib, gzip and PNG) over bytes given piece by piece.
package struct CRC32: Equatable, Sendable {
  /// The checksum of everything appended so far; 0 for no bytes.
  package private(set) var value: UInt32 = 0

  /// Starts a checksum of no bytes.
  package init() {}

  /// Appends bytes to the checksum.
  package mutating func update(_ bytes: Span<UInt8>) {
    // zlib treats a null buffer as a request for the start value, so an empty buffer must not reach
    // it.
    guard !bytes.isEmpty else { return }
    let sum = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe crc32_z(UInt(value), buffer.baseAddress, buffer.count)
    }
    value = UInt32(truncatingIfNeeded: sum)
  }

  /// Appends bytes to the checksum.
  package mutating func update(_ bytes: [UInt8]) {
    update(bytes.span)
  }

  /// The checksum of `bytes` in one call.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = CRC32()
    sum.update(bytes)
    return sum.value
  }
}
