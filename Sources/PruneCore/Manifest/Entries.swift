/// The wanted users of a manifest: one flat array, and the groups that it points into.
package struct Entries: Equatable, Sendable {
  /// One wanted user. 40 bytes; ten million are one array of 400 MB.
  package struct Entry: Equatable, Sendable {
    package let id: UserID
    /// Line in the file of its group, counted from 1.
    package let line: UInt32
    /// Index into `groups`.
    package let group: UInt32
  }

  package private(set) var list: [Entry] = []
  package var groups = EntryGroups()
  /// Entries of each operation, by its raw value.
  package private(set) var counts = [0, 0]

  package init() {}

  package func operation(of entry: Entry) -> Operation { groups[entry.group].operation }
  package func revision(of entry: Entry) -> Revision { groups[entry.group].revision }
  package func place(of entry: Entry) -> Place { groups.place(of: entry) }

  /// The reason of an entry, or nil.
  package func reason(of entry: Entry) -> String? { groups.reason(of: entry.group) }

  // MARK: - Building

  /// Reserves room for about as many entries as a file of this many bytes contains; unused room is
  /// never touched.
  mutating func reserve(forBytes bytes: Int) {
    let needed = list.count + min(bytes / 10, Problem.userLimit)
    // At least doubled, so that many lists do not move the array once each.
    if needed > list.capacity { list.reserveCapacity(max(needed, 2 * list.capacity)) }
  }

  /// Adds a user to the last group.
  mutating func append(_ id: UserID, line: UInt32) {
    list.append(Entry(id: id, line: line, group: UInt32(groups.list.count - 1)))
  }

  /// Removes the entries from `index` on.
  mutating func drop(from index: Int) {
    list.removeSubrange(index...)
  }

  /// Sorts by id and keeps each user once: the first wins. Passes every repeated pair to `clash`,
  /// the first entry first.
  mutating func sort(clash: (_ first: Entry, _ second: Entry) -> Void) {
    EntrySort.sort(&list)
    counts = [0, 0]
    var kept = 0
    for index in list.indices {
      let entry = list[index]
      if kept > 0, list[kept - 1].id == entry.id {
        clash(list[kept - 1], entry)
        continue
      }
      if kept != index { list[kept] = entry }
      kept += 1
      counts[Int(groups[entry.group].operation.rawValue)] += 1
    }
    list.removeSubrange(kept...)
  }
}

extension EntryGroups {
  package func place(of entry: Entries.Entry) -> Place {
    let group = self[entry.group]
    return Place(file: group.file, line: entry.line, column: group.column)
  }
}
