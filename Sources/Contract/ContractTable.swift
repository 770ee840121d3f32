/// What was seen, for people.
package enum ContractTable {
  /// A line for each check, then a summary.
  package static func text(_ result: ContractResult) -> String {
    let rows = result.facts.map { fact in
      [fact.name, "\(fact.expected.answer) (\(fact.expected.basis))", seen(fact)]
    }
    let header = ["check", "expected", "seen"]
    let widths = (0..<2).map { column in
      ([header] + rows).map { $0[column].utf8.count }.max() ?? 0
    }
    var text = ""
    for row in [header] + rows {
      for (cell, width) in zip(row, widths) {
        text += cell + String(repeating: " ", count: width - cell.utf8.count + 2)
      }
      text += row[2] + "\n"
    }
    return text + "\n" + summary(result)
  }

  private static func seen(_ fact: ContractResult.Fact) -> String {
    switch fact.finding {
    case .seen(let answer, let detail, _):
      answer + (answer == fact.expected.answer ? "" : "  DIFFERS")
        + (detail.isEmpty ? "" : "  (\(detail))")
    case .notSeen(let reason): "-  (\(reason))"
    }
  }

  private static func summary(_ result: ContractResult) -> String {
    var seen = 0
    var differing = 0
    for fact in result.facts {
      guard case .seen(let answer, _, _) = fact.finding else { continue }
      seen += 1
      if answer != fact.expected.answer { differing += 1 }
    }
    let removed = result.importedCount - result.left.count
    return "\(seen) of \(result.facts.count) facts seen, \(differing) not as expected; "
      + "\(result.callCount) calls; \(removed) of \(result.importedCount) accounts removed.\n"
  }
}
