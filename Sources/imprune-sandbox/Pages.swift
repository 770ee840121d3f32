import JSON

/// The sandbox's own pages, which the service does not have.
extension Service {
  /// `GET /sandbox/counters`, `GET /sandbox/users`, `GET /sandbox/users?tagged`,
  /// `GET /sandbox/tags` and `GET /sandbox/history`; nil for any other request.
  func page(for request: Request) -> Answer? {
    guard request.method == "GET" else { return nil }
    switch String(decoding: request.path, as: UTF8.self) {
    case "/sandbox/counters":
      return Answer(body: counters.line(users: users.count))
    case "/sandbox/users":
      let isTagged = request.query == Array("tagged".utf8)
      return Answer(contentType: "text/plain; charset=utf-8", body: list(taggedOnly: isTagged))
    case "/sandbox/tags":
      return Answer(body: tags)
    case "/sandbox/history":
      return Answer(contentType: "text/plain; charset=utf-8", body: history)
    default:
      return nil
    }
  }

  /// Each id for which more happened than to be registered once: how many persons had it, how many
  /// of them were removed, how often tags were cleared; with tabs between, one id a line.
  private var history: [UInt8] {
    var text: [UInt8] = []
    for (id, seen) in users.histories {
      text += id.bytes
      text += "\t\(seen.registered)\t\(seen.removed)\t\(seen.cleared)\n".utf8
    }
    return text
  }

  /// All ids with their tags, which may be none, as one line of JSON.
  private var tags: [UInt8] {
    var json = JSONText()
    json.array { json in
      for id in users.sortedIDs {
        json.object { json in
          json.field("id", id)
          json.key("tags")
          json.array { json in for tag in users.tags(of: id) ?? [] { json.value(tag) } }
        }
      }
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }

  /// All ids, one a line; or those with tags, each with a tab and its tags, as `--users-file`
  /// reads them.
  private func list(taggedOnly: Bool) -> [UInt8] {
    var text: [UInt8] = []
    for id in users.sortedIDs {
      let tags = taggedOnly ? users.tags(of: id) ?? [] : []
      if taggedOnly && tags.isEmpty { continue }
      text += id.bytes
      if taggedOnly {
        text.append(UInt8(ascii: "\t"))
        text += tags.joined(separator: [UInt8(ascii: ",")])
      }
      text.append(UInt8(ascii: "\n"))
    }
    return text
  }
}
