import TestSupport
import Testing
import Bytes

/// Searching eight bytes at a time gives the same result as byte by byte.
struct WordsTests {
  @Test func `bytes are found at any position`() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<20_000 {
      // Few values, so that the sought one is common, next to values that differ by one.
      let bytes = (0..<random.below(40)).map { _ in
        random.pick([0, 8, 9, 10, 0x89, 0xFF] as [UInt8])
      }
      let start = random.below(bytes.count + 1)
      let range = start..<(start + random.below(bytes.count - start + 1))
      let sought = random.pick([0, 9, 0xFF] as [UInt8])
      let wanted = range.filter { bytes[$0] == sought }
      var found: [Int] = []
      bytes.span.forEachIndex(of: sought, in: range) { found.append($0) }
      #expect(found == wanted)
      #expect(bytes.span.firstIndex(of: sought, in: range) == wanted.first)
    }
  }
}
