/// One problem in a manifest or its lists: where, what is wrong, and what to do.
///
/// The summary is fixed text, so that equal problems look equal; the detail is specific. The texts
/// are in `ManifestProblems.swift`.
package struct Diagnostic: Equatable, Sendable {
  package enum Severity: String, Sendable {
    case error
    case warning
  }

  package var severity: Severity
  package var place: Place
  package var code: ProblemCode
  package var detail: String
  /// The other location in the detail, such as that of the first entry.
  package var related: Place?
  /// How to correct the text, if that is certain.
  package var fix: Fix?

  package var summary: String { code.summary }

  /// What text for people shows in brackets: the code of what is a warning unless `--strict` makes it an
  /// error. The summary of an error says as much as its code.
  package var shownCode: String? { code.severity == .warning ? code.rawValue : nil }
}

/// The problems found, all counted. The first hundred of each severity are kept, and the first ten of each
/// code: many problems of one kind must not hide another kind.
package struct Diagnostics: Equatable, Sendable {
  /// How many of each severity are kept.
  package static let shown = 100
  /// How many of each code are kept in any case.
  private static let shownOfCode = 10

  package private(set) var kept: [Diagnostic] = []
  package private(set) var errors = 0
  package private(set) var warnings = 0
  private var keptOfCode: [ProblemCode: Int] = [:]

  package init() {}

  package var hasErrors: Bool { errors > 0 }

  /// Counts a problem; makes its text only if it will be kept.
  mutating func add(
    _ severity: Diagnostic.Severity, at place: Place, related: Place? = nil,
    _ problem: @autoclosure () -> Problem
  ) {
    let count = severity == .error ? errors : warnings
    if severity == .error { errors += 1 } else { warnings += 1 }
    let problem = problem()
    guard count < Self.shown || keptOfCode[problem.code, default: 0] < Self.shownOfCode else {
      return
    }
    keptOfCode[problem.code, default: 0] += 1
    kept.append(
      Diagnostic(
        severity: severity, place: place, code: problem.code, detail: problem.detail(),
        related: related, fix: problem.fix()))
  }

  /// Treats every warning as an error.
  package mutating func makeStrict() {
    errors += warnings
    warnings = 0
    for index in kept.indices { kept[index].severity = .error }
  }

  /// Drops the corrections of the unknown keys of a mapping to keys that it has already, or would have
  /// twice. `unknown` has their indices in `kept`.
  mutating func dropFixes(of unknown: [Int], to taken: [String]) {
    let fixes = unknown.compactMap { kept[$0].fix?.replacement }
    for index in unknown {
      guard let key = kept[index].fix?.replacement else { continue }
      if taken.contains(key) || fixes.count(where: { $0 == key }) > 1 { kept[index].fix = nil }
    }
  }

  /// Sorts the kept problems by location.
  mutating func sort() {
    kept.sort { ($0.place, $0.severity.rawValue) < ($1.place, $1.severity.rawValue) }
  }
}

/// A problem without its location. Its text is made only if the problem is kept.
package struct Problem: Sendable {
  let code: ProblemCode
  let detail: @Sendable () -> String
  let fix: @Sendable () -> Fix?

  /// The problem with a fix that its message does not depend on.
  func fixed(by fix: @autoclosure @escaping @Sendable () -> Fix?) -> Problem {
    Problem(code, detail: detail(), fix: fix())
  }

  init(
    _ code: ProblemCode, detail: @autoclosure @escaping @Sendable () -> String,
    fix: @autoclosure @escaping @Sendable () -> Fix? = nil
  ) {
    self.code = code
    self.detail = detail
    self.fix = fix
  }
}
