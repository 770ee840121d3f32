/// Finds users of a manifest whose ids differ only by case: often one of them is a mistake, and
/// removes someone else.
///
/// Two bitmaps, by a hash of the folded id, select the few ids that may have a twin, so ten million
/// ids need about 40 MB for a moment, and no second array of ids.
enum CaseTwins {
  /// Calls `found` for each pair, with the first one in the files first.
  static func find(
    _ list: [Entries.Entry], _ found: (_ first: Entries.Entry, _ second: Entries.Entry) -> Void
  ) {
    var steps = 0
    find(list, &steps, found)
  }

  /// As above; counts ids and comparisons.
  static func find(
    _ list: [Entries.Entry], _ steps: inout Int,
    _ found: (_ first: Entries.Entry, _ second: Entries.Entry) -> Void
  ) {
    // At least one of two twins has a letter that folding changes.
    guard list.contains(where: { $0.id.folded != $0.id }) else { return }
    var seen = Bitmap(for: list.count)
    var repeated = Bitmap(for: list.count)
    for entry in list {
      steps += 1
      let hash = entry.id.folded.hash
      if !seen.insert(hash) { _ = repeated.insert(hash) }
    }
    var candidates: [(folded: UserID, entry: Entries.Entry)] = []
    for entry in list {
      steps += 1
      let folded = entry.id.folded
      if repeated.contains(folded.hash) { candidates.append((folded, entry)) }
    }
    candidates.sort { left, right in
      steps += 1
      if left.folded != right.folded { return left.folded < right.folded }
      return (left.entry.group, left.entry.line) < (right.entry.group, right.entry.line)
    }
    for (left, right) in zip(candidates, candidates.dropFirst())
    where left.folded == right.folded {
      found(left.entry, right.entry)
    }
  }

  /// A set of hashes with false positives.
  private struct Bitmap {
    private var words: [UInt64]
    private let mask: UInt64

    /// Sixteen bits for each of `count`, for few false positives.
    init(for count: Int) {
      var size = 64
      while size < 16 * count { size *= 2 }
      words = Array(repeating: 0, count: size / 64)
      mask = UInt64(size - 1)
    }

    func contains(_ hash: UInt64) -> Bool {
      let bit = hash & mask
      return words[Int(bit >> 6)] & (1 << (bit & 63)) != 0
    }

    /// Inserts a hash; false if it seemed to be in the set already.
    mutating func insert(_ hash: UInt64) -> Bool {
      let isNew = !contains(hash)
      let bit = hash & mask
      words[Int(bit >> 6)] |= 1 << (bit & 63)
      return isNew
    }
  }
}
