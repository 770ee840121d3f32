/// Rules out for most ids, with a bit or two, that they begin with any of many prefixes.
///
/// It stores the length of each prefix, up to eight bytes, and a hash of these bytes.
struct PrefixFilter {
  private var bits: [UInt64]
  private let shift: UInt64
  /// A bit for each length.
  private var lengths: UInt16 = 0

  init(_ keys: [UserID]) {
    var logarithm: UInt64 = 6
    while 1 << logarithm < 32 * keys.count { logarithm += 1 }
    bits = Array(repeating: 0, count: 1 << Int(logarithm - 6))
    shift = 64 - logarithm
    for key in keys {
      let length = min(key.count, 8)
      lengths |= 1 << UInt16(length)
      let place = place(of: key.leadingWord, length)
      bits[place >> 6] |= 1 << UInt64(place & 63)
    }
  }

  /// Whether an id may begin with one of them; counts a step per length.
  func mayHold(_ id: UserID, _ steps: inout Int) -> Bool {
    let word = id.leadingWord
    var rest = lengths
    while rest != 0 {
      let place = place(of: word, rest.trailingZeroBitCount)
      steps += 1
      if bits[place >> 6] & (1 << UInt64(place & 63)) != 0 { return true }
      rest &= rest - 1
    }
    return false
  }

  private func place(of word: UInt64, _ length: Int) -> Int {
    let beginning = word & ~(length < 8 ? UInt64.max >> UInt64(8 * length) : 0)
    let mixed = (beginning ^ UInt64(length)) &* 0x9E37_79B9_7F4A_7C15
    return Int(((mixed ^ mixed >> 29) &* 0xBF58_476D_1CE4_E5B9) >> shift)
  }
}
