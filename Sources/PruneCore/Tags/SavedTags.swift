internal import Bytes
internal import JSON

/// The tags of a user, read before a call that clears them.
package struct SavedTags: Equatable, Sendable {
  package let id: UserID
  /// In the order of the service.
  package let tags: [Tag]
  /// When they were read.
  package let time: Timestamp

  package init(id: UserID, tags: [Tag], time: Timestamp) {
    self.id = id
    self.tags = tags
    self.time = time
  }
}

/// The first line of a tag file: the state and the run that it belongs to.
///
/// A tag file, `<state>.tags-<run>`, holds the tags of users as a run read them before it cleared
/// them. Its lines have the form of a journal's (see `FramedLine`):
///
/// ```
/// 4407ca1b	tags	1	1400000000	live	5f0c2a9be1d34788	8f2c41d09ab3	all_member_push
/// d4a3ea04	user	2026-11-21T03:40:12Z	UserID_1	["a", "b"]
/// 83cb579f	end	1
/// ```
///
/// A user may stand in it more than once: the run read the user again before it cleared again. The
/// last line counts the users' lines; it is missing if the run was killed.
package struct TagFileHeader: StateIdentity, Equatable, Sendable {
  package let app: SDKAppID
  package let service: ServiceKind
  package let lineage: Lineage
  package let run: RunID
  /// The calls that the run used.
  package let api: TagsAPI

  /// The version of the format that this code reads and writes.
  static let version = 1

  /// The kinds of the first line and of the last one.
  static let kind = "tags"
  static let end = "end"

  package init(
    app: SDKAppID, service: ServiceKind, lineage: Lineage, run: RunID, api: TagsAPI
  ) {
    self.app = app
    self.service = service
    self.lineage = lineage
    self.run = run
    self.api = api
  }

  /// Appends the header's line.
  package func append(to bytes: inout [UInt8]) {
    bytes.appendFramed { line in
      line.append(
        contentsOf:
          "\(Self.kind)\t\(Self.version)\t\(app)\t\(service.rawValue)\t\(lineage)\t\(run)\t"
          .utf8)
      line.append(contentsOf: api.rawValue.utf8)
    }
  }

  /// Appends the last line of a file with this many users' lines.
  package static func appendEnd(users: Int, to bytes: inout [UInt8]) {
    bytes.appendFramed { line in
      line.append(contentsOf: "\(end)\t".utf8)
      line.appendDecimal(users)
    }
  }
}

extension SavedTags {
  /// The kind of a user's line.
  static let kind = "user"

  /// Appends the user's line.
  package func append(to bytes: inout [UInt8]) {
    bytes.appendFramed { line in
      line.append(contentsOf: "\(Self.kind)\t".utf8)
      time.append(to: &line)
      line.append(UInt8(ascii: "\t"))
      id.append(to: &line)
      line.append(UInt8(ascii: "\t"))
      line.append(contentsOf: Self.json(of: tags))
    }
  }

  /// Tags as in a line.
  static func json(of tags: [Tag]) -> [UInt8] {
    var json = JSONText()
    json.value(tags)
    return json.take()
  }
}
