internal import Crypto
internal import Bytes

/// The checksum that a plan file ends with: SHA-256 over every byte before the last line, which is
///
/// ```
///   "checksum": "e3b0c442..."
/// ```
///
/// with the comma before it and the brace after it. So it covers what approves and what people see,
/// and whatever a later version adds. It detects changes to a file; it is not a signature.
final class PlanChecksum {
  private var hash = SHA256()
  /// The last bytes, which may belong to the checksum itself.
  private var tail: [UInt8] = []

  /// The bytes between the last covered byte and the end of the file.
  static func ending(_ checksum: String) -> [UInt8] {
    Array(",\n  \"checksum\": \"\(checksum)\"\n}\n".utf8)
  }

  private static let endingLength = ending("").count + 2 * SHA256Digest.byteCount

  // MARK: - Writing

  /// Covers written bytes.
  func cover(_ bytes: [UInt8]) {
    hash.update(bytes)
  }

  /// The checksum of everything covered; consumes the value.
  func take() -> String {
    var whole = SHA256()
    swap(&whole, &hash)
    return whole.finalize().description
  }

  // MARK: - Reading

  /// A source's bytes, covered as they are read.
  func watching(_ source: ByteSource) -> ByteSource {
    ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      try source.read(into: &chunk)
      self.note(chunk)
    }
  }

  private func note(_ chunk: [UInt8]) {
    if chunk.count >= Self.endingLength {
      cover(tail)
      let covered = chunk.count - Self.endingLength
      hash.update(chunk.span.extracting(0..<covered))
      tail = Array(chunk[covered...])
    } else {
      tail += chunk
      let covered = max(0, tail.count - Self.endingLength)
      hash.update(tail.span.extracting(0..<covered))
      tail.removeFirst(covered)
    }
  }

  /// Whether the bytes end with the checksum of what precedes it.
  func isRight() -> Bool { tail == Self.ending(take()) }
}
