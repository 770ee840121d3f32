import Crypto
import TestSupport
import Testing

/// Compression and Base64 of bytes that come in pieces.
@Suite struct StreamTests {
  /// Repeats itself, so that it becomes smaller, but not often.
  private static func content(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 7) }
  }

  private static func pieces(_ bytes: [UInt8], _ sizes: inout SplitMix64) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(sizes.below(sizes.pick([3, 100, 100_000])))
      pieces.append(Array(piece))
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }

  private static func compress(_ pieces: [[UInt8]]) -> [UInt8] {
    var deflater = Deflater()
    var bytes: [UInt8] = []
    for piece in pieces { bytes += deflater.update(piece) }
    return bytes + deflater.finalize()
  }

  private static func restore(_ pieces: [[UInt8]], limit: Int) throws(ZlibError) -> [UInt8] {
    var inflater = Inflater(limit: limit)
    var bytes: [UInt8] = []
    for piece in pieces { bytes += try inflater.update(piece) }
    guard inflater.isComplete else { throw .corrupt }
    return bytes
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 400_000])
  func `what was compressed in pieces is restored in others`(count: Int) throws {
    var sizes = SplitMix64(seed: UInt64(count))
    let content = Self.content(count)
    let compressed = Self.compress(Self.pieces(content, &sizes))
    #expect(compressed.starts(with: [0x1F, 0x8B]))
    #expect(try Self.restore(Self.pieces(compressed, &sizes), limit: count) == content)
    #expect(try Self.restore([compressed], limit: count) == content)
    if count < 1000 { #expect(try Self.restore(compressed.map { [$0] }, limit: count) == content) }
  }

  /// `printf hello | gzip -n`.
  @Test func `the format is gzip's`() throws {
    let known: [UInt8] = [
      0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 7, 0, 0x86, 0xA6, 0x10,
      0x36, 5, 0, 0, 0,
    ]
    #expect(try Self.restore([known], limit: 5) == Array("hello".utf8))
  }

  @Test func `a bomb is stopped at the limit`() throws {
    var deflater = Deflater()
    var bomb: [UInt8] = []
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<16 { bomb += deflater.update(zeros) }
    bomb += deflater.finalize()
    #expect(bomb.count < 20_000)
    #expect(throws: ZlibError.tooLong(limit: 1_000_000)) {
      try Self.restore([bomb], limit: 1_000_000)
    }
    #expect(throws: ZlibError.tooLong(limit: 16 << 20 - 1)) {
      try Self.restore(bomb.map { [$0] }, limit: 16 << 20 - 1)
    }
  }

  @Test func `a member that is cut off, damaged or followed by something is refused`() throws {
    let content = Self.content(1000)
    let member = Self.compress([content])
    for length in 0..<member.count {
      #expect(throws: ZlibError.corrupt) {
        try Self.restore([Array(member.prefix(length))], limit: 1000)
      }
    }
    for index in member.indices {
      var damaged = member
      damaged[index] ^= 0x40
      // A few bits mean nothing: those of the time, and the last ones of the compressed data.
      #expect([nil, content].contains(try? Self.restore([damaged], limit: 1000)))
    }
    #expect(throws: ZlibError.trailingBytes(count: 2)) {
      try Self.restore([member + [0, 0]], limit: 1000)
    }
    #expect(throws: ZlibError.trailingBytes(count: 1)) {
      try Self.restore([member, [0]], limit: 1000)
    }
  }

  @Test func `random bytes are no member`() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<2000 {
      let bytes = (0..<random.below(60)).map { _ in UInt8(random.below(256)) }
      for start in [[], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] as [UInt8]] {
        _ = try? Self.restore(Self.pieces(start + bytes, &random), limit: 1000)
      }
    }
  }

  @Test func `Base64 in pieces is that of the whole`() throws {
    var sizes = SplitMix64(seed: 3)
    for count in 0..<300 {
      let bytes = Self.content(count)
      var encoder = Base64.Encoder()
      var text: [UInt8] = []
      for piece in Self.pieces(bytes, &sizes) { text += encoder.update(piece) }
      text += encoder.finalize()
      #expect(text == Base64.encode(bytes))
      var decoder = Base64.Decoder()
      var decoded: [UInt8] = []
      for piece in Self.pieces(text, &sizes) {
        let bytes = decoder.update(piece)
        decoded += try #require(bytes)
      }
      #expect(decoded == bytes && decoder.isComplete)
    }
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "====", "Z===", "=Zg=", "Zh==", "Zm9=", "Zm8 ", "Zm8\n", "Zm-v",
    "Zm9v\n", "Zg==Zg==", "Zm9vZg==Zm9v",
  ])
  func `text that is not Base64 is refused however it comes`(text: String) {
    for size in 1...text.utf8.count {
      var decoder = Base64.Decoder()
      var rest = Array(text.utf8)[...]
      var isRefused = false
      while !rest.isEmpty, !isRefused {
        isRefused = decoder.update(Array(rest.prefix(size))) == nil
        rest = rest.dropFirst(size)
      }
      #expect(isRefused || !decoder.isComplete)
    }
  }
}
