internal import Bytes

/// The first 64 bits of a state's checksum: identifies a state's content, in addition to its
/// serial, which two branches of one state may share.
package struct StateDigest: Hashable, Sendable, CustomStringConvertible {
  private let number: UInt64

  package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    guard range.count == 16, let number = UInt64(hex: bytes, range) else { return nil }
    self.number = number
  }

  /// Reads it from the end of a state, which must contain the complete last line; nil if that is
  /// not a trailer.
  package init?(endOfState bytes: [UInt8]) {
    let word = Array("\nchecksum\tsha256:".utf8)
    let length = word.count + 64 + 1
    guard bytes.count >= length, bytes.last == UInt8(ascii: "\n"),
      bytes.suffix(length).starts(with: word)
    else { return nil }
    let start = bytes.count - 65
    self.init(bytes.span, start..<(start + 16))
  }

  /// How many bytes at a state's end contain its last line and the preceding line break.
  package static let endBytes = 128

  package var description: String {
    var bytes: [UInt8] = []
    bytes.appendHex(number, digits: 16)
    return String(decoding: bytes, as: UTF8.self)
  }
}
