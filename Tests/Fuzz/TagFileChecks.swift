internal import Bytes
internal import PruneCore
internal import TestSupport

/// The rules for the readers of a tag file.
enum TagFileChecks {
  static func check(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let small = chunkSize(for: bytes)
    let reading = outcome { () throws(TagFileError) in try WholeTagFile(bytes) }
    try require(
      reading
        == outcome { () throws(TagFileError) in try WholeTagFile(bytes, chunkSize: small) },
      "read otherwise in chunks of \(small)")
    let merging = outcome { () throws(TagFileError) in try MergedTags(ByteSource(bytes)) }
    switch (reading, merging) {
    case (.success(let file), .success(let merged)):
      try check(file, bytes)
      try check(merged, of: file)
      return true
    case (.failure(let error), .failure(let other)):
      try require(error == other, "merged with another error: \(error), \(other)")
      try requirePrintable(error.explanation, "an explanation")
      return false
    default: throw Finding("merged, and not read, or read, and not merged")
    }
  }

  private static func check(_ file: WholeTagFile, _ bytes: [UInt8]) throws(Finding) {
    let written = file.bytes
    try require(
      file.isWhole ? bytes == written : bytes.starts(with: written),
      "written again otherwise than it was read")
    // A killed run can leave any prefix of what was written.
    for cut in [bytes.count / 7, bytes.count * 2 / 3, written.count - 1, written.count - 20]
    where (0..<written.count).contains(cut) {
      switch outcome({ () throws(TagFileError) in try WholeTagFile(Array(bytes[..<cut])) }) {
      case .success(let part):
        try require(
          !part.isWhole && file.users.starts(with: part.users),
          "cut at \(cut) it says something else")
      case .failure(let error):
        try require(error == .empty, "cut at \(cut) it is refused: \(error)")
      }
    }
  }

  private static func check(_ merged: MergedTags, of file: WholeTagFile) throws(Finding) {
    for (one, next) in zip(merged, merged.dropFirst()) where one.id >= next.id {
      throw Finding("users out of order: \(one.id), \(next.id)")
    }
    var tags: [UserID: Set<Tag>] = [:]
    for user in file.users { tags[user.id, default: []].formUnion(user.tags) }
    let areRight = merged.allSatisfy { user in
      tags[user.id] == Set(user.tags) && tags[user.id]?.count == user.tags.count
    }
    try require(
      merged.count == tags.count && areRight && merged.isWhole == file.isWhole
        && merged.header == file.header, "merged otherwise than it was read")
  }

  // MARK: - Checksums

  /// Corrects the CRC of every line, and the count of the end line.
  static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let users = lines.count { $0.dropFirst(8).starts(with: Array("\tuser\t".utf8)) }
    for index in lines.indices where lines[index].dropFirst(8).starts(with: Array("\tend\t".utf8)) {
      lines[index] = lines[index].prefix(8) + Array("\tend\t\(users)".utf8)
    }
    return JournalChecks.repaired(Array(lines.joined(separator: [UInt8(ascii: "\n")])))
  }
}
