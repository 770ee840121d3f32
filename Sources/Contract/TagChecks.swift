import PruneCore

/// What the tag calls answer (docs/service.md, "Tags" and "Reading").
extension Check {
  private static let tag = "imprune-contract"

  /// The checks of one family.
  static func tags(_ family: TagsAPI) -> [Check] {
    let name = family.rawValue
    let isNewer = family == .timpush
    return [
      Check(
        "\(name).calls", "May the app make the tag calls of \(name)?", .documented("allowed"),
        or: ["refused"]
      ) { (interview) throws(NoAnswer) in try interview.askCalls(family, tag) },
      Check(
        "\(name).clear_unknown", "What does an unknown user do to a clear of \(name)?",
        isNewer ? .documented("listed") : .assumed("call_refused"),
        or: ["listed", "call_refused", "refused_but_cleared", "ignored"].filter {
          $0 != (isNewer ? "listed" : "call_refused")
        }
      ) { (interview) throws(NoAnswer) in
        let id = try interview.tagged(family)[0]
        let stranger = interview.strangers[0]
        let answer = try interview.answer(ContractCall(.clearTags, [id, stranger], family))
        let isCleared = try interview.sees(family, { $0?.isEmpty != false }, of: id)
        if answer.code.number != 0 {
          return .seen(
            isCleared ? "refused_but_cleared" : "call_refused", detail: "code \(answer.code)")
        }
        guard isCleared else { return .other("code 0, but the tags are still there") }
        guard let item = answer.users.first(where: { $0.id == stranger }) else {
          return .seen("ignored")
        }
        return .seen("listed", detail: "code \(item.code)")
      },
      Check(
        "\(name).read_unknown", "What does an unknown user do to a reading of \(name)?",
        isNewer ? .documented("listed") : .assumed("call_refused"),
        or: ["listed", "call_refused", "left_out", "empty"].filter {
          $0 != (isNewer ? "listed" : "call_refused")
        }
      ) { (interview) throws(NoAnswer) in
        let id = try interview.tagged(family)[1]
        let stranger = interview.strangers[0]
        let answer = try interview.answer(ContractCall(.readTags, [id, stranger], family))
        if answer.code.number != 0 {
          return .seen("call_refused", detail: "code \(answer.code)")
        }
        guard let item = answer.users.first(where: { $0.id == stranger }) else {
          return .seen("left_out")
        }
        if item.code.number != 0 { return .seen("listed", detail: "code \(item.code)") }
        return item.tags?.isEmpty == true ? .seen("empty") : .other("an entry without tags")
      },
      Check(
        "\(name).clear_untagged", "What does a user without tags get in a clear of \(name)?",
        .assumed("ok"), or: ["call_refused", "listed"]
      ) { (interview) throws(NoAnswer) in
        let id = try interview.untagged(family)
        let answer = try interview.answer(ContractCall(.clearTags, [id], family))
        if answer.code.number != 0 {
          return .seen("call_refused", detail: "code \(answer.code)")
        }
        guard let item = answer.users.first(where: { $0.id == id && $0.code.number != 0 }) else {
          return .seen("ok")
        }
        return .seen("listed", detail: "code \(item.code)")
      },
      Check(
        "\(name).read_untagged", "How does a reading of \(name) show a user without tags?",
        .assumed("empty"), or: ["left_out"]
      ) { (interview) throws(NoAnswer) in
        let other = try interview.tagged(family)[1]
        let id = try interview.untagged(family)
        let answer = try interview.answer(ContractCall(.readTags, [id, other], family))
        guard answer.code.number == 0 else { return .other("code \(answer.code)") }
        guard let item = answer.users.first(where: { $0.id == id }) else {
          return .seen("left_out")
        }
        return item.tags?.isEmpty == true ? .seen("empty") : .other("code \(item.code)")
      },
    ]
  }

  static var sharedTags: [Check] {
    [
      Check(
        "shared_tags", "Do both families show the same tags?", .assumed("shared"),
        or: ["separate"]
      ) { (interview) throws(NoAnswer) in
        _ = try interview.tagged(.timpush)
        let id = try interview.tagged(.allMemberPush)[1]
        let hasTag = try interview.sees(
          .timpush, { $0?.contains { "\($0)" == tag + "-all_member_push" } == true }, of: id)
        return .seen(hasTag ? "shared" : "separate")
      }
    ]
  }
}

extension Interview {
  /// Gives tags to accounts, and waits until a reading shows them.
  fileprivate mutating func askCalls(_ family: TagsAPI, _ tag: String) throws(NoAnswer) -> Finding {
    guard families.contains(family) else { return .notSeen("--tags-api leaves it out") }
    let ids = [try account(), try account()]
    let answer = try answer(.addTag("\(tag)-\(family.rawValue)", ids, family))
    let code = answer.code
    guard code.number == 0 else {
      if ServiceCodes.meaning(of: code, for: .readTags) == .fatal {
        return .seen("refused", detail: "code \(code)")
      }
      return .notSeen("no tag could be added: code \(code)")
    }
    guard try sees(family, { $0?.isEmpty == false }, of: ids[1]) else {
      return .notSeen("no reading shows a tag that was added")
    }
    tagged[family] = ids
    return .seen("allowed")
  }

  /// Two accounts with a tag of a family.
  fileprivate func tagged(_ family: TagsAPI) throws(NoAnswer) -> [UserID] {
    guard let ids = tagged[family] else {
      throw NoAnswer(reason: "the calls of \(family.rawValue) are not available")
    }
    return ids
  }

  /// An account that never had a tag, if the family's calls are allowed.
  fileprivate mutating func untagged(_ family: TagsAPI) throws(NoAnswer) -> UserID {
    _ = try tagged(family)
    if let id = untagged[family] { return id }
    let id = try account()
    untagged[family] = id
    return id
  }

  /// Reads a user until the tags are as expected, for 3 s; nil if the answer leaves the user out.
  fileprivate mutating func sees(
    _ family: TagsAPI, _ isExpected: ([Tag]?) -> Bool, of id: UserID
  ) throws(NoAnswer) -> Bool {
    for wait in [0, 0.2, 0.8, 2] {
      if wait > 0 { try pause(.seconds(wait)) }
      let answer = try answer(ContractCall(.readTags, [id], family))
      if answer.code.number == 0, isExpected(answer.users.first { $0.id == id }?.tags) {
        return true
      }
    }
    return false
  }
}
