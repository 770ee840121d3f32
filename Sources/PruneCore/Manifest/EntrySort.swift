/// Sorts entries in place by the bytes of their ids, and entries of one id in the order of reading.
///
/// Lists are long and ids are similar, so it does not compare whole ids: each step takes the first
/// byte in which the ids of a range differ and distributes them into one range per value (American
/// flag sort). It needs no second array; ten million entries are 400 MB.
enum EntrySort {
  /// Shorter ranges use insertion sort.
  private static let fewest = 24

  static func sort(_ list: inout [Entries.Entry]) {
    var span = list.mutableSpan
    if !isSorted(span.span) { sort(&span) }
  }

  private static func isSorted(_ list: Span<Entries.Entry>) -> Bool {
    var index = 1
    while index < list.count {
      if isBefore(list[index], list[index - 1]) { return false }
      index += 1
    }
    return true
  }

  private static func sort(_ list: inout MutableSpan<Entries.Entry>) {
    // The depth is at most one per byte of an id; an explicit stack needs no proof of that.
    var parts = [Part(range: 0..<list.count, common: 0)]
    while let part = parts.popLast() {
      let range = part.range
      if range.count < fewest {
        insert(&list, range)
      } else if let byte = firstDifference(list.span, part) {
        distribute(&list, range, by: byte, &parts)
      } else {
        sortByReading(&list, range)
      }
    }
  }

  /// A range of entries, and how many leading bytes of their ids are known to be equal.
  private struct Part {
    let range: Range<Int>
    let common: Int
  }

  /// The index of the first byte in which ids of a range differ; nil if all are equal.
  private static func firstDifference(_ list: Span<Entries.Entry>, _ part: Part) -> Int? {
    let first = list[part.range.lowerBound].id
    var common = UserID.maxBytes
    for index in part.range {
      common = min(common, first.commonBytes(list[index].id))
      if common == part.common { break }
    }
    return common < UserID.maxBytes ? common : nil
  }

  /// Sorts the entries of a range by one byte, and adds the remaining ranges.
  private static func distribute(
    _ list: inout MutableSpan<Entries.Entry>, _ range: Range<Int>, by byte: Int,
    _ parts: inout [Part]
  ) {
    var counts = InlineArray<256, Int>(repeating: 0)
    for index in range { counts[Int(list[index].id[byte])] += 1 }
    // Where the next entry of each value goes, and where each value's entries end.
    var next = InlineArray<256, Int>(repeating: 0)
    var ends = InlineArray<256, Int>(repeating: 0)
    var start = range.lowerBound
    for value in 0..<256 {
      next[value] = start
      start += counts[value]
      ends[value] = start
      if counts[value] > 1 { parts.append(Part(range: next[value]..<start, common: byte + 1)) }
    }
    for value in 0..<256 {
      while next[value] < ends[value] {
        // Moves the entry here to its place, then the one from there, until one fits here.
        var carried = list[next[value]]
        var home = Int(carried.id[byte])
        while home != value {
          swap(&list[next[home]], &carried)
          next[home] += 1
          home = Int(carried.id[byte])
        }
        list[next[value]] = carried
        next[value] += 1
      }
    }
  }

  private static func insert(
    _ list: inout MutableSpan<Entries.Entry>, _ range: Range<Int>
  ) {
    for index in range.dropFirst() {
      let entry = list[index]
      var place = index
      while place > range.lowerBound, isBefore(entry, list[place - 1]) {
        list[place] = list[place - 1]
        place -= 1
      }
      list[place] = entry
    }
  }

  /// Sorts entries of one id; a list may contain it a million times.
  private static func sortByReading(
    _ list: inout MutableSpan<Entries.Entry>, _ range: Range<Int>
  ) {
    let sorted = range.map { list[$0] }.sorted(by: isBefore)
    for (index, entry) in zip(range, sorted) { list[index] = entry }
  }

  /// By id bytes, then in the order of reading: groups are numbered in that order.
  private static func isBefore(_ left: Entries.Entry, _ right: Entries.Entry) -> Bool {
    if left.id != right.id { return left.id < right.id }
    return (left.group, left.line) < (right.group, right.line)
  }
}
