/// Who registers an id that an account was removed from: another person, while a run is under way.
struct Newcomers {
  private var named: [Int: [UserID]] = [:]
  private var odds = 0.0
  private var chance = Chance(seed: 0)

  /// Nobody comes.
  init() {}

  /// Ids as text, `ID@N`: the id is registered after the Nth call that changes users. Besides, each
  /// id that a call removes is registered right after it, with probability `odds`.
  init(_ texts: [String], odds: Double = 0, seed: UInt64 = 0) throws(BadFault) {
    for text in texts {
      let (name, number) = text.cut(at: "@")
      guard let id = UserID(name.utf8), let number = number.flatMap({ Int($0) }), number >= 1 else {
        throw BadFault(
          description: "'\(text)' says nobody: user_0000001@7 is registered anew after the seventh "
            + "call that changes users")
      }
      named[number, default: []].append(id)
    }
    self.odds = odds
    chance = Chance(seed: seed)
  }

  /// The ids to register, as far as they are free, after the changing call with this number, which
  /// named `ids`.
  func after(_ number: Int, of ids: [UserID]) -> [UserID] {
    var coming = named[number] ?? []
    if odds > 0 {
      coming += ids.filter { chance.fraction("newcomer \(number) \($0.bytes)") < odds }
    }
    return coming
  }
}
