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
        let id = try interview.takeTagged(family)
        let stranger = interview.strangers[0]
        let answer = try interview.answer(ContractCall(.clearTags, [id, stranger], family))
        let isCleared = try interview.sees(family, { $0?.isEmpty != false }, of: id)
        if answer.code.number != 0 {
          return try .refusal(isCleared ? "refused_but_cleared" : "call_refused", answer.code)
        }
        guard isCleared else { return .other("code 0, but the tags are still there") }
        guard let item = answer.users.first(where: { $0.id == stranger }) else {
          return .seen("ignored")
        }
        return try .refusal("listed", item.code)
      },
      Check(
        "\(name).read_unknown", "What does an unknown user do to a reading of \(name)?",
        isNewer ? .documented("listed") : .assumed("call_refused"),
        or: ["listed", "call_refused", "left_out", "empty"].filter {
          $0 != (isNewer ? "listed" : "call_refused")
        }
      ) { (interview) throws(NoAnswer) in
        let known = try interview.tagged(family)[0]
        let stranger = interview.strangers[0]
        let answer = try interview.answer(ContractCall(.readTags, [known, stranger], family))
        if answer.code.number != 0 { return try .refusal("call_refused", answer.code) }
        try answer.requireTags(of: known)
        guard let item = answer.users.first(where: { $0.id == stranger }) else {
          return .seen("left_out")
        }
        if item.code.number != 0 { return try .refusal("listed", item.code) }
        return item.tags?.isEmpty == true ? .seen("empty") : .other("an entry without tags")
      },
      Check(
        "\(name).clear_untagged", "What does a user without tags get in a clear of \(name)?",
        .assumed("ok"), or: ["call_refused", "listed"]
      ) { (interview) throws(NoAnswer) in
        let id = try interview.untagged(family)
        let answer = try interview.answer(ContractCall(.clearTags, [id], family))
        if answer.code.number != 0 { return try .refusal("call_refused", answer.code) }
        guard let item = answer.users.first(where: { $0.id == id && $0.code.number != 0 }) else {
          return .seen("ok")
        }
        return try .refusal("listed", item.code)
      },
      Check(
        "\(name).read_untagged", "How does a reading of \(name) show a user without tags?",
        .assumed("empty"), or: ["left_out"]
      ) { (interview) throws(NoAnswer) in
        let known = try interview.tagged(family)[0]
        let id = try interview.untagged(family)
        let answer = try interview.answer(ContractCall(.readTags, [id, known], family))
        guard answer.code.number == 0 else { return .other("code \(answer.code)") }
        try answer.requireTags(of: known)
        guard let item = answer.users.first(where: { $0.id == id }) else {
          return .seen("left_out")
        }
        if item.code.number != 0 { return try .refusal("other", item.code) }
        return item.tags?.isEmpty == true ? .seen("empty") : .other("an entry without tags")
      },
    ]
  }

  static var sharedTags: [Check] {
    [
      Check(
        "shared_tags", "Do both families show the same tags?", .assumed("shared"),
        or: ["separate"]
      ) { (interview) throws(NoAnswer) in
        let id = try interview.tagged(.allMemberPush)[0]
        let hasTag = try interview.sees(
          .timpush, { $0?.contains { "\($0)" == tag + "-all_member_push" } == true }, of: id)
        return .seen(hasTag ? "shared" : "separate")
      }
    ]
  }
}

extension Interview {
  /// Gives tags to three accounts, and waits until a reading shows them.
  fileprivate mutating func askCalls(_ family: TagsAPI, _ tag: String) throws(NoAnswer) -> Finding {
    guard families.contains(family) else { return .notSeen("--tags-api leaves it out") }
    let ids = [try account(), try account(), try account()]
    let addition = try answer(
      .addTag("\(tag)-\(family.rawValue)", ids, family), expecting: ServiceCodes.isEditionRefusal)
    if ServiceCodes.isEditionRefusal(addition.code) {
      return .seen("refused", detail: "code \(addition.code)")
    }
    guard addition.code.number == 0 else { throw .code(addition.code) }
    let isShown = try eventually { (interview) throws(NoAnswer) in
      let reading = try interview.answer(ContractCall(.readTags, ids, family))
      return ids.allSatisfy { reading.tags(of: $0)?.isEmpty == false }
    }
    guard isShown else { throw .ofService("no reading shows a tag that was added") }
    tagged[family] = ids
    return .seen("allowed")
  }

  /// The accounts with a tag of a family.
  fileprivate func tagged(_ family: TagsAPI) throws(NoAnswer) -> [UserID] {
    guard let ids = tagged[family] else {
      throw NoAnswer(reason: "the calls of \(family.rawValue) are not available")
    }
    return ids
  }

  /// An account with a tag of a family, to be cleared, and so not to be taken again.
  fileprivate mutating func takeTagged(_ family: TagsAPI) throws(NoAnswer) -> UserID {
    var ids = try tagged(family)
    guard ids.count > 1 else { throw NoAnswer(reason: "no account with a tag is left") }
    defer { tagged[family] = ids }
    return ids.removeLast()
  }

  /// An account that never had a tag, if the family's calls are allowed.
  fileprivate mutating func untagged(_ family: TagsAPI) throws(NoAnswer) -> UserID {
    _ = try tagged(family)
    if let id = untagged[family] { return id }
    let id = try account()
    untagged[family] = id
    return id
  }

  /// Reads a user, together with one who has tags, until the tags are as expected, for 3 s; nil if the
  /// answer leaves the user out.
  fileprivate mutating func sees(
    _ family: TagsAPI, _ isExpected: ([Tag]?) -> Bool, of id: UserID
  ) throws(NoAnswer) -> Bool {
    let known = try tagged(family)[0]
    return try eventually { (interview) throws(NoAnswer) in
      let reading = try interview.answer(ContractCall(.readTags, [id, known], family))
      try reading.requireTags(of: known)
      return isExpected(reading.tags(of: id))
    }
  }

  /// Asks until it is so, for 3 s.
  private mutating func eventually(
    _ isSo: (inout Interview) throws(NoAnswer) -> Bool
  ) throws(NoAnswer) -> Bool {
    for wait in [0, 0.2, 0.8, 2] {
      if wait > 0 { try pause(.seconds(wait)) }
      if try isSo(&self) { return true }
    }
    return false
  }
}

extension Answer {
  /// The tags of a user in a reading; nil if it leaves the user out.
  fileprivate func tags(of id: UserID) -> [Tag]? {
    users.first { $0.id == id }?.tags
  }

  /// Makes sure that a reading shows what it must: the tags of a user who has some.
  fileprivate func requireTags(of known: UserID) throws(NoAnswer) {
    guard tags(of: known)?.isEmpty == false else {
      throw .ofService("a reading leaves out a user who has tags: code \(code)")
    }
  }
}
