internal import Bytes

/// The lines that git leaves in a file with an unresolved merge: they begin with seven or more of
/// `<`, `|`, `=` or `>` (gitattributes, `conflict-marker-size`).
enum MergeMarker {
  /// The shortest marker.
  static let shortest = 7

  static func isSign(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "<"), UInt8(ascii: "|"), UInt8(ascii: "="), UInt8(ascii: ">"): true
    default: false
    }
  }

  /// Whether a line begins with a marker.
  static func begins(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    guard line.count >= shortest else { return false }
    let first = bytes[line.lowerBound]
    guard isSign(first) else { return false }
    for index in line.prefix(shortest) where bytes[index] != first { return false }
    return true
  }
}

/// The lines of a text that begin with a conflict marker, found while the text passes by in chunks.
///
/// A YAML parser reads some of them as content, and stops at others with a message that does not
/// mention a merge; so this scans the text itself.
struct MergeMarkerScan {
  /// The first lines, counted from 1.
  private(set) var lines: [UInt32] = []

  private static let most = 1000

  /// The current line; 0 before the first byte.
  private var line: UInt32 = 0
  /// How many equal marker characters the current line has begun with; nil once it cannot be a
  /// marker.
  private var signs: Int? = 0
  private var sign: UInt8 = 0

  /// Scans the next chunk; the first one must contain the complete byte order mark, if there is
  /// one.
  mutating func scan(_ bytes: Span<UInt8>) {
    var start = 0
    if line == 0, bytes.count > 0 {
      line = 1
      let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
      if hasMark { start = 3 }
    }
    follow(bytes, from: start)
    bytes.forEachIndex(of: UInt8(ascii: "\n"), in: 0..<bytes.count) { index in
      line &+= 1
      signs = 0
      follow(bytes, from: index + 1)
    }
  }

  /// Counts the marker characters at the beginning of a line, which may continue in the next chunk.
  private mutating func follow(_ bytes: Span<UInt8>, from start: Int) {
    var index = start
    while let count = signs, index < bytes.count {
      let byte = bytes[index]
      guard count == 0 ? MergeMarker.isSign(byte) : byte == sign else { return signs = nil }
      sign = byte
      signs = count + 1
      if count + 1 == MergeMarker.shortest {
        if lines.count < Self.most { lines.append(line) }
        return signs = nil
      }
      index += 1
    }
  }
}

/// A scan of a source's content.
final class MergeMarkerWatch {
  private(set) var scan = MergeMarkerScan()

  /// A source that passes on another one's content and scans it.
  func watching(_ source: ByteSource) -> ByteSource {
    ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      try source.read(into: &chunk)
      self.scan.scan(chunk.span)
    }
  }
}
