import Testing

@testable import PruneCore

/// The table of rows gives equal things one number, whatever their hashes.
@Suite struct RowTableTests {
  @Test(arguments: [0, -1, 1 << 32, 31, Int.max])
  func `equal things have one row, also if all hashes are equal`(mask: Int) {
    var table = RowTable()
    var things: [Int] = []
    for thing in (0..<400).map({ $0 % 300 }) {
      let row = table.row(hash: thing &* 0x9E37_79B9 & mask) { things[$0] == thing }
      if row == things.count { things.append(thing) }
      #expect(things[row] == thing)
      #expect(table.rows == things.count)
    }
    #expect(things == Array(0..<300))
  }
}
