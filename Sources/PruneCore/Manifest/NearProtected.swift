/// Finds users of a manifest whose ids are one edit from an id that must not be touched: one byte
/// put in, taken out or changed, or two neighbours swapped.
enum NearProtected {
  /// Shorter ids are one edit from too many others to mean anything.
  private static let shortest = 3

  /// Calls `found` with each protected id that has such neighbours, and these, sorted by id.
  static func find(
    _ manifest: Manifest, _ found: (_ protected: UserID, _ neighbours: [Entries.Entry]) -> Void
  ) {
    let list = manifest.entries.list
    let protection = Protection(manifest)
    for protected in protection.ids where protected.count >= shortest {
      var neighbours: [Entries.Entry] = []
      for id in edits(of: protected.bytes, in: list) where protection.block(id) == nil {
        let index = list.firstIndex(notBefore: { $0.id < id })
        if index < list.count, list[index].id == id { neighbours.append(list[index]) }
      }
      if !neighbours.isEmpty { found(protected, neighbours) }
    }
  }

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
