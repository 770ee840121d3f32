import PruneCore

/// Everything that came of asking.
package struct ContractResult: Sendable {
  /// A check and what came of it.
  package struct Fact: Sendable {
    package var name: String
    package var question: String
    package var expected: Check.Expected
    package var finding: Finding
  }

  /// The run's name, which its ids contain.
  package var run: String
  package var facts: [Fact] = []
  package var callCount = 0
  /// How many accounts were imported, or may have been.
  package var importedCount = 0
  /// Ids of accounts that may be left.
  package var left: [String] = []
  /// Why not everything could be asked; nil if it could.
  package var problem: String?
  /// The signal that ended it.
  package var signal: Int32?

  /// Whether any check has an answer.
  package var hasSeenAnything: Bool {
    facts.contains { fact in
      if case .seen = fact.finding { true } else { false }
    }
  }
}

/// Asks every check, and cleans up in any case.
package enum ContractRun {
  /// `note` gets what is going on. The run's name has 8 characters.
  package static func ask(
    _ link: any ContractLink, run: String, families: Set<String>, note: (String) -> Void
  ) -> ContractResult {
    var interview = Interview(
      link, run: run, families: Set(families.compactMap(TagsAPI.init(rawValue:))))
    var result = ContractResult(run: run)
    var unanswered: [String] = []
    do throws(NoAnswer) {
      try twice { () throws(NoAnswer) in try greet(&interview) }
    } catch {
      result.problem = error.reason
    }
    for check in Check.all {
      var finding = Finding.notSeen("not asked")
      if result.problem == nil {
        do throws(NoAnswer) {
          finding = try twice { () throws(NoAnswer) in try check.ask(&interview) }
        } catch {
          finding = .notSeen(error.reason)
          if error.endsAll { result.problem = error.reason }
          if error.isOfService { unanswered.append(check.name) }
        }
      }
      result.facts.append(
        ContractResult.Fact(
          name: check.name, question: check.question, expected: check.expected, finding: finding))
    }
    result.signal = interview.link.stopSignal
    if result.problem == nil, !unanswered.isEmpty {
      result.problem = "the service gave no usable answer for \(unanswered.joined(separator: ", "))"
    }
    if !interview.imported.isEmpty { note("removing its accounts...") }
    result.left = interview.cleanUp().map(\.description)
    result.callCount = interview.callCount
    result.importedCount = interview.imported.count
    return result
  }

  /// Makes sure that the service answers and accepts the signature.
  private static func greet(_ interview: inout Interview) throws(NoAnswer) {
    let answer = try interview.answer(interview.greeting) { _ in true }
    guard answer.code.number != 0 else { return }
    throw NoAnswer(
      reason: "the service answered with code \(answer.code)."
        + (ServiceCodes.advice(answer.code).map { " " + $0 } ?? ""))
  }

  /// Asks again what the service left unanswered: one lost response must not cost what it shows.
  private static func twice<Value>(
    _ ask: () throws(NoAnswer) -> Value
  ) throws(NoAnswer) -> Value {
    do throws(NoAnswer) {
      return try ask()
    } catch {
      guard error.isOfService, !error.endsAll else { throw error }
      return try ask()
    }
  }
}
