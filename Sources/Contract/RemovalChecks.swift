import PruneCore

/// What account_delete and account_check answer (docs/service.md, "Removal" and "Reading").
extension Check {
  private static let refused = 71000

  static var removal: [Check] {
    [
      Check(
        "deletion", "May the app remove accounts?", .documented("allowed"), or: ["refused"]
      ) { (interview) throws(NoAnswer) in
        try interview.askDeletion() == .allowed ? .seen("allowed") : .seen("refused")
      },
      Check(
        "denial_level", "Does 71000 stand for the whole call or for each user?",
        .assumed("call"), or: ["item"]
      ) { (interview) throws(NoAnswer) in
        guard case .refused(let level, _) = interview.deletion else {
          return .notSeen("the app allows deletion")
        }
        return .seen(level)
      },
      Check(
        "denial_order", "Does 71000 come before the service looks up the account?",
        .assumed("edition_first"), or: ["lookup_first"]
      ) { (interview) throws(NoAnswer) in
        guard case .refused(_, let order) = interview.deletion else {
          return .notSeen("the app allows deletion")
        }
        return .seen(order)
      },
      Check(
        "all_failed", "What is the code of a call of which every item fails?", .assumed("ok"),
        or: ["code_and_items", "code_only"]
      ) { (interview) throws(NoAnswer) in
        let answer = try interview.answer(
          ContractCall(.deleteAccounts, Array(interview.strangers.prefix(2))))
        if answer.code.number == refused { return .notSeen("the app does not allow deletion") }
        if answer.code.number == 0 { return .seen("ok") }
        return .seen(
          answer.users.isEmpty ? "code_only" : "code_and_items", detail: "code \(answer.code)")
      },
      Check(
        "invalid_id", "What does an id of 33 bytes do to a call that removes accounts?",
        .assumed("call_refused"), or: ["item_refused"]
      ) { (interview) throws(NoAnswer) in
        let id = try interview.account()
        let answer = try interview.answer(.deleting(id, andTooLong: interview.tooLong))
        let item = answer.users.first { $0.id == id }
        if answer.code.number != 0 {
          return item?.code.number == 0
            ? .other("code \(answer.code), and the account was removed")
            : .seen("call_refused", detail: "code \(answer.code)")
        }
        return item?.code.number == 0
          ? .seen("item_refused") : .other("the other account was not removed")
      },
      Check(
        "duplicate_id", "What does an id get that is twice in a call?", .assumed("each"),
        or: ["each_ok", "once", "call_refused"]
      ) { (interview) throws(NoAnswer) in
        let id = try interview.account()
        let answer = try interview.answer(ContractCall(.deleteAccounts, [id, id]))
        if answer.code.number != 0 {
          return .seen("call_refused", detail: "code \(answer.code)")
        }
        let codes = answer.users.filter { $0.id == id }.map(\.code.number)
        switch (codes.count, codes.count { $0 == 0 }) {
        case (1, 1): return .seen("once")
        case (2, 2): return .seen("each_ok")
        case (2, 1): return .seen("each", detail: "codes \(codes[0]) and \(codes[1])")
        default: return .other("\(codes.count) results")
        }
      },
      Check(
        "check_after_removal", "How long does account_check report a removed account?",
        .assumed("at_once"), or: ["within_10_s", "longer"]
      ) { (interview) throws(NoAnswer) in try interview.askCheckAfterRemoval() },
    ]
  }
}

extension Interview {
  /// Tries to remove an id that does not exist, then an account that does.
  fileprivate mutating func askDeletion() throws(NoAnswer) -> Deletion {
    let probe = try answer(ContractCall(.deleteAccounts, Array(strangers.prefix(1))))
    if let level = Self.denial(probe) {
      deletion = .refused(level: level, order: "edition_first")
    } else {
      try importAccount()
      let id = try account()
      let answer = try answer(ContractCall(.deleteAccounts, [id]))
      if let level = Self.denial(answer) {
        deletion = .refused(level: level, order: "lookup_first")
      } else {
        deletion = .allowed
      }
    }
    return deletion ?? .allowed
  }

  /// Where an answer has 71000, if it has.
  private static func denial(_ answer: Answer) -> String? {
    if answer.code.number == 71000 { return "call" }
    return answer.users.contains { $0.code.number == 71000 } ? "item" : nil
  }

  /// Removes an account and reads it until it is gone, for 10 s.
  fileprivate mutating func askCheckAfterRemoval() throws(NoAnswer) -> Finding {
    let id = try account()
    let removal = try answer(ContractCall(.deleteAccounts, [id]))
    guard removal.users.contains(where: { $0.id == id && $0.code.number == 0 }) else {
      return .notSeen("the account was not removed: code \(removal.code)")
    }
    let start = link.nanoseconds
    var reading = 0
    for wait in [0, 0.1, 0.2, 0.5, 1, 2, 3, 3.2] {
      if wait > 0 { try pause(.seconds(wait)) }
      reading += 1
      let check = try answer(ContractCall(.checkAccounts, [id]))
      guard let item = check.users.first(where: { $0.id == id }), let isImported = item.isImported
      else { return .other("code \(check.code), without a status") }
      if isImported { continue }
      let time = Int((link.nanoseconds - start) / 1_000_000)
      return reading == 1
        ? .seen("at_once")
        : .seen("within_10_s", detail: "seen after \(time) ms", milliseconds: time)
    }
    return .seen("longer", detail: "still reported after 10 s")
  }
}
