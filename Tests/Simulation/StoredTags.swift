internal import PruneCore

/// The tag files on the virtual disk: tags that were cleared must be in one of them.
extension DiskState {
  /// Throws if the service cleared tags that no tag file has, except tags that a user got after, or
  /// while, they were read.
  func checkTags(_ service: SimulatedService) throws {
    if service.clearedTags.isEmpty { return }
    let saved = savedTags()
    for (id, tags, since) in service.clearedTags {
      let files = saved[id] ?? []
      let isSaved = files.contains { Set($0.tags).isSuperset(of: tags) }
      let isNewer = files.contains { file in
        since.map { $0 + Self.longestCall >= VirtualClock.awake(at: file.time) } ?? false
      }
      guard isSaved || isNewer else {
        throw Breach(.tagsFirst, "\(id) had the tags \(tags), and no tag file has them")
      }
    }
  }

  /// How long a reading may take.
  private static let longestCall = Interval.seconds(15)

  /// What the lines of all tag files say; an incomplete last line says nothing.
  func savedTags() -> [UserID: [(tags: [String], time: Timestamp)]] {
    var saved: [UserID: [(tags: [String], time: Timestamp)]] = [:]
    for name in disk.names(beginning: Self.path + ".tags-") {
      for line in String(decoding: disk.bytes(name), as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: "\t")
        guard fields.count == 5, fields[1] == "user", fields[4].hasSuffix("]"),
          let id = UserID(String(fields[3]))
        else { continue }
        let text = Array(fields[2].utf8)
        guard let time = Timestamp(text.span, 0..<text.count) else { continue }
        let tags = fields[4].dropFirst().dropLast().split(separator: ", ")
        saved[id, default: []].append((tags.map { String($0.dropFirst().dropLast()) }, time))
      }
    }
    return saved
  }
}
