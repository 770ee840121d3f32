internal import JSON

/// Tags that one call adds to a user.
package struct TagAddition: Equatable, Sendable {
  package let id: UserID
  package let tags: [Tag]

  /// The most tags of a user in one call (docs/service.md, "Other calls" and "timpush").
  package static let maxTags = 10

  package init(id: UserID, tags: [Tag]) {
    self.id = id
    self.tags = tags
  }

  /// The JSON body of a call. It never replaces the tags that a user has: somebody may have added
  /// some since they were read.
  package static func body(_ additions: [TagAddition], _ api: TagsAPI) -> [UInt8] {
    var json = JSONText()
    json.object { json in
      if api == .timpush { json.field("Replace", 0) }
      json.key("UserTags")
      json.array { json in
        for addition in additions {
          json.object { json in
            json.field("To_Account", addition.id)
            json.key("Tags")
            json.value(addition.tags)
          }
        }
      }
    }
    return json.take()
  }
}
