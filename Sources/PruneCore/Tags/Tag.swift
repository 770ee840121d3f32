package import JSON

/// A tag of a user, as the service wrote it: any UTF-8 text, compared byte by byte.
package struct Tag: Hashable, Sendable, CustomStringConvertible {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Anything that is not UTF-8 is replaced.
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONText {
  /// Writes tags as an array of strings.
  package mutating func value(_ tags: [Tag]) {
    array { json in
      for tag in tags { json.value(count: tag.bytes.count) { tag.bytes[$0] } }
    }
  }
}
