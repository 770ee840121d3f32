/// Finds users of a manifest whose ids are one edit from an id that must not be touched: one byte
/// put in, taken out or changed, or two neighbours swapped; or that differ from it only by case.
enum NearProtected {
  /// Shorter ids are one edit from too many others to mean anything.
  private static let shortest = 3

  /// Calls `found` with each protected id that has such neighbours, and these, sorted by id.
  static func find(
    _ manifest: Manifest, _ found: (_ protected: UserID, _ neighbours: [Entries.Entry]) -> Void
  ) {
    let list = manifest.entries.list
    let protection = Protection(manifest)
    let twins = twins(of: protection.ids, in: list)
    for protected in protection.ids where protected.count >= shortest {
      var neighbours: [Entries.Entry] = []
      let near = Set(edits(of: protected.bytes, in: list) + (twins[protected.folded] ?? []))
      for id in near.sorted() where protection.block(id) == nil {
        let index = list.firstIndex(notBefore: { $0.id < id })
        if index < list.count, list[index].id == id { neighbours.append(list[index]) }
      }
      if !neighbours.isEmpty { found(protected, neighbours) }
    }
  }

  /// The ids of the list that differ from a protected one by case at most, by what they have in
  /// common.
  private static func twins(
    of protected: [UserID], in list: [Entries.Entry]
  ) -> [UserID: [UserID]] {
    var twins: [UserID: [UserID]] = [:]
    // A bit for each length and for each beginning: most ids have none in common with these.
    var lengths: UInt64 = 0
    var beginnings: UInt64 = 0
    for id in protected {
      twins[id.folded] = []
      lengths |= 1 << UInt64(id.folded.count)
      beginnings |= beginning(id.folded)
    }
    for entry in list where lengths & 1 << UInt64(entry.id.count) != 0 {
      if entry.id[0] < 0x80, beginnings & beginning(entry.id) == 0 { continue }
      twins[entry.id.folded]?.append(entry.id)
    }
    return twins
  }

  /// A bit that is the same for a letter of ASCII in either case.
  private static func beginning(_ id: UserID) -> UInt64 { 1 << UInt64((id[0] | 0x20) & 63) }

  /// What one edit makes of `bytes`, sorted. Of the bytes that could be put in only those are tried
  /// with which an id of the list goes on.
  private static func edits(of bytes: [UInt8], in list: [Entries.Entry]) -> [UserID] {
    var edits: Set<UserID> = []
    func add(_ parts: ArraySlice<UInt8>...) {
      if let id = UserID(Array(parts.joined())) { edits.insert(id) }
    }
    for index in 0...bytes.count {
      let (before, after) = (bytes[..<index], bytes[index...])
      for byte in followers(of: before, in: list) {
        add(before, [byte], after)
        add(before, [byte], after.dropFirst())
      }
      add(before, after.dropFirst())
      if after.count >= 2 { add(before, [after[index + 1], after[index]], after.dropFirst(2)) }
    }
    return edits.sorted()
  }

  /// The bytes with which ids of the list go on after `prefix`.
  private static func followers(
    of prefix: ArraySlice<UInt8>, in list: [Entries.Entry]
  ) -> [UInt8] {
    var followers: [UInt8] = []
    var sought = Array(prefix) + [1]
    while let first = UserID(sought) {
      let index = list.firstIndex(notBefore: { $0.id < first })
      guard index < list.count, list[index].id.hasPrefix(prefix) else { break }
      let byte = list[index].id[prefix.count]
      followers.append(byte)
      if byte == .max { break }
      sought[prefix.count] = byte + 1
    }
    return followers
  }
}
