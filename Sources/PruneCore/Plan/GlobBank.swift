/// A few globs of ids, matched at once: `*` stands for any bytes, or none, and every other byte for
/// itself.
///
/// An id takes one step per byte, whatever the patterns. Each pattern has a SIMD lane with a bit
/// for every number of its literal bytes that may have matched so far; a byte shifts the bits, or
/// leaves them where a star is.
struct GlobBank {
  /// The maximum number of patterns matched at once.
  static let lanes = 16

  private typealias Bits = SIMD16<UInt32>

  let numbers: [UInt16]
  /// The row of each byte in `places`.
  private let rows: [UInt8]
  /// For a byte, a bit for each of its positions in a pattern. The first row is for bytes without a
  /// position.
  private let places: [Bits]
  /// A bit for each number of literal bytes followed by a star.
  private let stars: Bits
  /// The bit of all literal bytes.
  private let ends: Bits

  /// Takes patterns of at most `UserID.maxBytes` bytes with a star among them: at most 31 other
  /// bytes.
  init(_ globs: [GlobIndex.Source]) {
    precondition(globs.count <= Self.lanes)
    var rows = [UInt8](repeating: 0, count: 256)
    var places = [Bits()]
    var (stars, ends) = (Bits(), Bits())
    for (lane, glob) in globs.enumerated() {
      var bit: UInt32 = 1
      for byte in glob.pattern {
        if byte == UInt8(ascii: "*") {
          stars[lane] |= bit
          continue
        }
        if rows[Int(byte)] == 0 {
          rows[Int(byte)] = UInt8(places.count)
          places.append(Bits())
        }
        places[Int(rows[Int(byte)])][lane] |= bit
        bit <<= 1
      }
      ends[lane] = bit
    }
    numbers = globs.map(\.number)
    (self.rows, self.places, self.stars, self.ends) = (rows, places, stars, ends)
  }

  /// Calls `body` with the number of each pattern that matches the whole id; counts steps.
  func forEachMatch(of id: UserID, _ steps: inout Int, _ body: (UInt16) -> Void) {
    let (rows, places, words) = (rows.span, places.span, id.words)
    var met = Bits(repeating: 1)
    for index in words.indices {
      var rest = words[index]
      while rest != 0 {
        let moving = met & places[Int(rows[Int(truncatingIfNeeded: rest >> 56)])]
        // The addition shifts each bit up by one; not every processor can shift lanes.
        met = moving &+ moving | met & stars
        rest <<= 8
      }
    }
    steps += id.count
    met &= ends
    if met == Bits() { return }
    for (lane, number) in numbers.enumerated() where met[lane] != 0 { body(number) }
  }
}
