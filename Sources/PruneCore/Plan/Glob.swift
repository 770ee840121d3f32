/// A pattern of ids in which `*` stands for any bytes, none included.
struct Glob {
  /// The bytes between the stars; one more than there are stars.
  private let parts: [ArraySlice<UInt8>]

  init(_ pattern: String) {
    parts = Array(pattern.utf8).split(
      separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
  }

  /// Whether the whole id fits. Each part is taken at its first place, which is enough for stars.
  func matches(_ id: UserID) -> Bool {
    guard let first = parts.first, let last = parts.last, parts.count > 1 else { return false }
    let count = id.count
    guard first.count + last.count <= count, id.hasPrefix(first),
      id.contains(last, at: count - last.count)
    else { return false }
    var start = first.count
    let end = count - last.count
    for part in parts.dropFirst().dropLast() {
      while start + part.count <= end, !id.contains(part, at: start) { start += 1 }
      guard start + part.count <= end else { return false }
      start += part.count
    }
    return true
  }
}

extension UserID {
  func hasPrefix(_ prefix: ArraySlice<UInt8>) -> Bool { contains(prefix, at: 0) }

  /// Whether the bytes stand at an offset of the id.
  fileprivate func contains(_ bytes: ArraySlice<UInt8>, at offset: Int) -> Bool {
    for (index, byte) in bytes.enumerated() where self[offset + index] != byte { return false }
    return true
  }
}
