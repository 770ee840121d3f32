/// Finds the row of what was met before: a hash table of row numbers that copies nothing of the rows.
struct RowTable {
  /// A hash in the upper half, a row number plus one in the lower one; zero where there is none. Rows
  /// with another hash are not looked at: each look would be a miss of the processor's caches.
  private var slots = [UInt64](repeating: 0, count: 16)
  /// How many rows there are.
  private(set) var rows = 0

  /// The row with this hash that is equal. If there is none, it is a new row, the next number.
  mutating func row(hash: Int, isEqual: (Int) -> Bool) -> Int {
    if 2 * rows >= slots.count { grow() }
    let hash = UInt64(truncatingIfNeeded: hash) & 0xFFFF_FFFF
    var slot = Int(hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let row = Int(slots[slot] & 0xFFFF_FFFF) - 1
      if slots[slot] >> 32 == hash, isEqual(row) { return row }
      slot = (slot + 1) & (slots.count - 1)
    }
    rows += 1
    slots[slot] = hash << 32 | UInt64(rows)
    return rows - 1
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: 0, count: 4 * old.count)
    for entry in old where entry != 0 {
      var slot = Int(entry >> 32) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = entry
    }
  }
}
