import PruneCore

/// One open question about the service (docs/service.md, "Unknown"): what imprune expects, and how to
/// ask.
package struct Check {
  /// Stable: `facts.json` and `imprune-sandbox --facts` use it.
  package let name: String
  package let question: String
  package let expected: Expected
  /// Every answer that has a name, the expected one first; `Finding.other` is for the rest.
  package let answers: [String]
  /// Asks the service and reads its answers.
  let ask: (inout Interview) throws(NoAnswer) -> Finding

  init(
    _ name: String, _ question: String, _ expected: Expected, or others: [String],
    ask: @escaping (inout Interview) throws(NoAnswer) -> Finding
  ) {
    self.name = name
    self.question = question
    self.expected = expected
    answers = [expected.answer] + others
    self.ask = ask
  }

  /// What imprune is written for, and why.
  package enum Expected: Equatable, Sendable {
    case documented(String)
    /// The documents are silent.
    case assumed(String)

    package var answer: String {
      switch self {
      case .documented(let answer), .assumed(let answer): answer
      }
    }

    package var basis: String {
      switch self {
      case .documented: "documented"
      case .assumed: "assumed"
      }
    }
  }
}

/// What came of a check.
package enum Finding: Equatable, Sendable {
  /// One of the check's answers, or `other`; the detail holds only words of ours, codes and numbers.
  case seen(String, detail: String = "", milliseconds: Int? = nil)
  /// Why there is no answer.
  case notSeen(String)

  /// An answer without a name.
  static func other(_ detail: String) -> Finding { .seen("other", detail: detail) }

  /// What a code means that refuses a user, or a call for one of its users: this answer, or `other` for a
  /// code that no document has. A code of another cause settles nothing.
  static func refusal(_ answer: String, _ code: ServiceCode) throws(NoAnswer) -> Finding {
    switch ServiceCodes.meaning(of: code, for: .readTags) {
    case .batch: .seen(answer, detail: "code \(code)")
    case .other: .other("code \(code)")
    case .done, .transient, .unknown, .throttled, .fatal: throw .code(code)
    }
  }
}

/// Why a check has no answer.
struct NoAnswer: Error, Equatable {
  var reason: String
  /// Whether the other checks cannot be asked either.
  var endsAll = false
  /// Whether the service should have answered: the check can be asked again.
  var isOfService = false

  /// The service gave no usable answer.
  static func ofService(_ reason: String) -> NoAnswer {
    NoAnswer(reason: reason, isOfService: true)
  }

  /// The service answered with a code that settles nothing.
  static func code(_ code: ServiceCode) -> NoAnswer { .ofService("code \(code)") }
}

extension Check {
  /// All checks, in the order in which the kit asks them.
  package static var all: [Check] {
    connection + removal + tags(.allMemberPush) + tags(.timpush) + sharedTags + limits
  }
}
