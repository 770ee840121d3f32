internal import TestSupport

/// Generates inputs from others: the same seed gives the same input.
package struct Mutator: Sendable {
  private let corpus: [[UInt8]]
  /// The corpus inputs that the parser accepts.
  private let whole: [[UInt8]]
  private let pieces: [[UInt8]]

  package init(_ target: FuzzTarget) throws {
    corpus = try target.corpus().map(\.bytes)
    whole = try corpus.filter { try target.check($0) }
    pieces = try FuzzTarget.dictionary()
  }

  /// The input for a seed: one of the corpus with one to four changes.
  package func input(seed: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    var bytes = random.pick(random.oneIn(3) ? corpus : whole)
    for _ in 0..<(1 << max(0, random.below(4) - 1)) { change(&bytes, &random) }
    return Array(bytes.prefix(FuzzTarget.maxBytes))
  }

  private func change(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    let place = random.below(bytes.count + 1)
    let end = min(bytes.count, place + random.below(20))
    switch random.below(11) {
    case 0 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
    case 4 where random.oneIn(10): bytes.removeSubrange(place...)
    case 5: changeLines(&bytes, &random)
    case 6:
      // The tail of another input.
      let other = random.pick(corpus)
      bytes.replaceSubrange(place..., with: other[random.below(other.count + 1)...])
    case 7, 8:
      // Replaces one field with another.
      let word = fieldRange(of: bytes, at: place)
      bytes.replaceSubrange(word, with: random.pick(pieces))
    default: bytes.replaceSubrange(place..<place, with: random.pick(pieces))
    }
  }

  /// Drops, repeats or swaps lines.
  private func changeLines(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let (one, other) = (random.below(lines.count), random.below(lines.count))
    switch random.below(3) {
    case 0: lines.remove(at: one)
    case 1: lines.insert(lines[one], at: other)
    default: lines.swapAt(one, other)
    }
    bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  /// The field at a position, between tabs, blanks, commas, quotes and line breaks.
  private func fieldRange(of bytes: [UInt8], at place: Int) -> Range<Int> {
    let ends = Array("\t\n ,\"".utf8)
    let start = bytes[..<place].lastIndex { ends.contains($0) }.map { $0 + 1 } ?? 0
    return start..<(bytes[place...].firstIndex { ends.contains($0) } ?? bytes.count)
  }
}
