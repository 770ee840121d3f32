package import Bytes

/// The tags of all users of a tag file, in memory: each user once, sorted by id.
///
/// A user whom the run read more than once has the tags of all these lines: each tag once, in the
/// order in which they first appear.
package struct MergedTags: RandomAccessCollection, Sendable {
  package struct User: Equatable, Sendable {
    package let id: UserID
    package let tags: [Tag]

    package init(id: UserID, tags: [Tag]) {
      self.id = id
      self.tags = tags
    }
  }

  /// A user, and where the tags begin in `text`: ten million users are 400 MB and their tags.
  private struct Row {
    let id: UserID
    var start: Int
  }

  package let header: TagFileHeader
  /// Whether the file ends with its end line; see `TagFileReader.isWhole`.
  package private(set) var isWhole = false

  private var rows: [Row] = []
  /// The lists of tags, in the order of the lines. UTF-8 contains neither of the two marks.
  private var text: [UInt8] = []
  private static let endOfTag: UInt8 = 0xFF
  private static let endOfList: UInt8 = 0xFE

  /// Reads a whole file.
  package init(_ source: ByteSource) throws(TagFileError) {
    var reader = try TagFileReader(source)
    header = reader.header
    while let saved = try reader.next() {
      rows.append(Row(id: saved.id, start: text.count))
      append(saved.tags)
    }
    isWhole = reader.isWhole
    merge()
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { rows.count }

  package subscript(index: Int) -> User {
    User(id: rows[index].id, tags: tags(from: rows[index].start))
  }

  /// Where a user is; nil if the file does not have the user.
  package func index(of id: UserID) -> Int? {
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low].id == id ? low : nil
  }

  /// Sorts the users, and joins the lists of each.
  private mutating func merge() {
    // Of one user, by line: its list begins after those of the lines before.
    rows.sort { $0.id != $1.id ? $0.id < $1.id : $0.start < $1.start }
    var users = 0
    var index = 0
    while index < rows.count {
      let first = index
      repeat { index += 1 } while index < rows.count && rows[index].id == rows[first].id
      var row = rows[first]
      if index - first > 1 {
        row.start = text.count
        append(rows[first..<index].flatMap { tags(from: $0.start) })
      }
      rows[users] = row
      users += 1
    }
    rows.removeSubrange(users...)
  }

  /// Appends a list of these tags, each once.
  private mutating func append(_ tags: [Tag]) {
    var seen: Set<Tag> = []
    for tag in tags where seen.insert(tag).inserted {
      text += tag.bytes
      text.append(Self.endOfTag)
    }
    text.append(Self.endOfList)
  }

  private func tags(from start: Int) -> [Tag] {
    var tags: [Tag] = []
    var (start, index) = (start, start)
    while text[index] != Self.endOfList {
      if text[index] == Self.endOfTag {
        tags.append(Tag(Array(text[start..<index])))
        start = index + 1
      }
      index += 1
    }
    return tags
  }
}
