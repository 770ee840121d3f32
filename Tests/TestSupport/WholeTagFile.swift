internal import Bytes
package import PruneCore

/// A tag file in memory.
package struct WholeTagFile: Equatable, Sendable {
  package var header: TagFileHeader
  package var users: [SavedTags]
  /// Whether it has its end line.
  package var isWhole = true

  /// A file of a run against a sandbox.
  package init(users: [SavedTags], isWhole: Bool = true) {
    guard let app = SDKAppID(1_400_000_000) else { preconditionFailure("not an app") }
    header = TagFileHeader(
      app: app, service: .loopback, lineage: Lineage(0x5F0C_2A9B_E1D3_4788),
      run: RunID(0x8F2C_41D0_9AB3), api: .allMemberPush)
    self.users = users
    self.isWhole = isWhole
  }

  /// Reads a file to its end.
  package init(_ bytes: [UInt8], chunkSize: Int = 1 << 16) throws(TagFileError) {
    var reader = try TagFileReader(ByteSource(bytes, chunkSize: chunkSize))
    header = reader.header
    users = []
    while let user = try reader.next() { users.append(user) }
    isWhole = reader.isWhole
  }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    header.append(to: &bytes)
    for user in users { user.append(to: &bytes) }
    if isWhole { TagFileHeader.appendEnd(users: users.count, to: &bytes) }
    return bytes
  }
}

/// What a run read of a user at a time.
package func saved(_ id: String, _ tags: [String], at seconds: UInt32 = 1_795_232_412) -> SavedTags
{
  guard let id = UserID(id) else { preconditionFailure("not an id") }
  return SavedTags(
    id: id, tags: tags.map { Tag(Array($0.utf8)) }, time: Timestamp(seconds: seconds))
}
