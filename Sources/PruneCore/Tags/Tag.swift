/// A tag of a user, as the service wrote it: any UTF-8 text, compared byte by byte.
package struct Tag: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Anything that is not UTF-8 is replaced.
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
