import PruneCore

/// What account_delete and account_check answer (docs/service.md, "Removal" and "Reading").
extension Check {
  static var removal: [Check] {
    [
      Check(
        "deletion", "May the app remove accounts?", .documented("allowed"), or: ["refused"]
      ) { (interview) throws(NoAnswer) in try interview.askDeletion() },
      Check(
        "denial_level", "Does 71000 stand for the whole call or for each user?",
        .assumed("call"), or: ["item"]
      ) { (interview) throws(NoAnswer) in
        let (level, _) = try interview.denial()
        return level.map { .seen($0) }
          ?? .notSeen("the refusal named no user, and no other call showed whether failures do")
      },
      Check(
        "denial_order", "Does 71000 come before the service looks up the account?",
        .assumed("edition_first"), or: ["lookup_first"]
      ) { (interview) throws(NoAnswer) in
        .seen(try interview.denial().order)
      },
      Check(
        "all_failed", "What is the code of a call of which every item fails?", .assumed("ok"),
        or: ["code_and_items", "code_only"]
      ) { (interview) throws(NoAnswer) in try interview.askAllFailed() },
      Check(
        "invalid_id", "What does an id of 33 bytes do to a call that removes accounts?",
        .assumed("call_refused"), or: ["item_refused"]
      ) { (interview) throws(NoAnswer) in
        let id = try interview.account()
        let answer = try interview.answer(.deleting(id, andTooLong: interview.tooLong))
        if answer.code.number != 0 { return try interview.refusal(answer.code, keeping: id) }
        let item = answer.users.first { $0.id == id }
        return item?.code.number == 0
          ? .seen("item_refused") : .other("the other account was not removed")
      },
      Check(
        "duplicate_id", "What does an id get that is twice in a call?", .assumed("each"),
        or: ["each_ok", "once", "call_refused"]
      ) { (interview) throws(NoAnswer) in
        let id = try interview.account()
        let answer = try interview.answer(ContractCall(.deleteAccounts, [id, id]))
        if answer.code.number != 0 { return try interview.refusal(answer.code, keeping: id) }
        let codes = answer.users.filter { $0.id == id }.map(\.code)
        let failed = codes.filter { $0.number != 0 }
        switch (codes.count, failed.count) {
        case (1, 0): return .seen("once")
        case (2, 0): return .seen("each_ok")
        case (2, 1) where failed[0] == ServiceCodes.absent:
          return .seen("each", detail: "code 70107")
        case (2, 1): return try .refusal("each", failed[0])
        default: throw .ofService("\(codes.count) results, \(failed.count) of them failed")
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
  /// Tries to remove an id that does not exist, then an account that does. Until an account was seen
  /// to be removed, it imports no other.
  fileprivate mutating func askDeletion() throws(NoAnswer) -> Finding {
    let stranger = strangers[0]
    let probe = try answer(
      ContractCall(.deleteAccounts, [stranger]), expecting: ServiceCodes.isEditionRefusal)
    if let denial = Denial(probe) {
      deletion = .refused(level: denial.isOfUser ? "item" : nil, order: "edition_first")
      return .seen("refused", detail: "code \(denial.code)")
    }
    guard [0, ServiceCodes.absent.number].contains(probe.code(of: stranger)?.number) else {
      throw .code(probe.code(of: stranger) ?? probe.code)
    }
    let id = ids[0]
    try importAccount(id)
    let answer = try answer(
      ContractCall(.deleteAccounts, [id]), expecting: ServiceCodes.isEditionRefusal)
    if let denial = Denial(answer) {
      // A service that names the user of the probe, which failed, would name this one.
      let level = denial.isOfUser ? "item" : probe.users.isEmpty ? nil : "call"
      deletion = .refused(level: level, order: "lookup_first")
      return .seen("refused", detail: "code \(denial.code)")
    }
    guard answer.code(of: id)?.number == 0 else {
      throw .code(answer.code(of: id) ?? answer.code)
    }
    guard try isRemoved(id) else {
      throw .ofService("account_delete reported a removal, but the account is still there")
    }
    deletion = .allowed
    return .seen("allowed")
  }

  /// How the app refuses deletion.
  fileprivate func denial() throws(NoAnswer) -> (level: String?, order: String) {
    switch deletion {
    case .refused(let level, let order): return (level, order)
    case .allowed: throw NoAnswer(reason: "the app allows deletion")
    case nil: throw NoAnswer(reason: "the app was not seen to refuse deletion")
    }
  }

  /// A refusal by the app's edition.
  private struct Denial {
    var code: ServiceCode
    /// Whether it stands with a user; it may stand for the whole call too.
    var isOfUser: Bool

    init?(_ answer: Answer) {
      let item = answer.users.first { ServiceCodes.isEditionRefusal($0.code) }
      code = item?.code ?? answer.code
      guard ServiceCodes.isEditionRefusal(code) else { return nil }
      isOfUser = item != nil
    }
  }

  fileprivate mutating func askAllFailed() throws(NoAnswer) -> Finding {
    let pair = Array(strangers.prefix(2))
    let answer = try answer(
      ContractCall(.deleteAccounts, pair), expecting: ServiceCodes.isEditionRefusal)
    if let denial = Denial(answer) {
      return .notSeen("the app refuses deletion: code \(denial.code)")
    }
    let codes = pair.compactMap { id in answer.users.first { $0.id == id }?.code }
    if codes.contains(ServiceCode(0)) {
      return .notSeen("account_delete reports ids without an account as removed")
    }
    guard codes.allSatisfy({ $0 == ServiceCodes.absent }), [0, 2].contains(codes.count) else {
      throw .ofService("ids without an account did not fail with 70107")
    }
    guard answer.code.number != 0 else {
      guard !codes.isEmpty else { throw .ofService("no result for ids without an account") }
      return .seen("ok")
    }
    guard answer.code == ServiceCodes.absent else { return try .refusal("other", answer.code) }
    return .seen(codes.isEmpty ? "code_only" : "code_and_items", detail: "code \(answer.code)")
  }

  /// What the refusal of a call means that removes an account: `call_refused`, if the account is still
  /// there.
  fileprivate mutating func refusal(
    _ code: ServiceCode, keeping id: UserID
  ) throws(NoAnswer) -> Finding {
    let finding = try Finding.refusal("call_refused", code)
    return try isRemoved(id) ? .other("code \(code), and the account was removed") : finding
  }

  /// Removes an account and reads it until it is gone, for 10 s.
  fileprivate mutating func askCheckAfterRemoval() throws(NoAnswer) -> Finding {
    let id = try account()
    let removal = try answer(ContractCall(.deleteAccounts, [id]))
    guard removal.code(of: id)?.number == 0 else {
      throw .code(removal.code(of: id) ?? removal.code)
    }
    let start = link.nanoseconds
    var reading = 0
    for wait in [0, 0.1, 0.2, 0.5, 1, 2, 3, 3.2] {
      if wait > 0 { try pause(.seconds(wait)) }
      reading += 1
      let check = try answer(ContractCall(.checkAccounts, [id]))
      guard let isImported = check.users.first(where: { $0.id == id })?.isImported else {
        throw .ofService("account_check gave no status: code \(check.code)")
      }
      if isImported { continue }
      let time = Int((link.nanoseconds - start) / 1_000_000)
      return reading == 1
        ? .seen("at_once")
        : .seen("within_10_s", detail: "seen after \(time) ms", milliseconds: time)
    }
    guard try isRemoved(id) else {
      throw .ofService("account_delete reported a removal, but the account is still there")
    }
    return .seen("longer", detail: "still reported after 10 s")
  }
}

extension Answer {
  /// What came of a user: the user's own code, or the call's if that failed; nil if it says nothing.
  fileprivate func code(of id: UserID) -> ServiceCode? {
    users.first { $0.id == id }?.code ?? (code.number == 0 ? nil : code)
  }
}
