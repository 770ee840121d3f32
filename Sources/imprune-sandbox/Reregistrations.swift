/// Registers removed ids again, as another person might during a run.
struct Reregistrations {
  private var named: [Int: [UserID]] = [:]
  private var odds = 0.0
  private var chance = Chance(seed: 0)

  /// No id is registered again.
  init() {}

  /// Ids as text, `ID@N`: the id is registered after the Nth call that changes users. In addition,
  /// each id that a call removes is registered right after it, with probability `odds`.
  init(_ texts: [String], odds: Double = 0, seed: UInt64 = 0) throws(BadValue) {
    for text in texts {
      let (name, number) = text.cut(at: "@")
      guard let id = UserID(name.utf8), let number = number.flatMap({ Int($0) }), number >= 1 else {
        throw BadValue(
          description: "'\(text)' is not ID@N: user_0000001@7 registers user_0000001 again after "
            + "the seventh call that changes users")
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
