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

/// The problems found, all counted, the first hundred of each severity kept.
package struct Diagnostics: Equatable, Sendable {
  /// How many of each severity are kept.
  package static let shown = 100

  package private(set) var kept: [Diagnostic] = []
  package private(set) var errors = 0
  package private(set) var warnings = 0

  package init() {}

  package var hasErrors: Bool { errors > 0 }

  /// Counts a problem; makes its text only if it will be kept.
  mutating func add(
    _ severity: Diagnostic.Severity, at place: Place, related: Place? = nil,
    _ problem: @autoclosure () -> Problem
  ) {
    let count = severity == .error ? errors : warnings
    if severity == .error { errors += 1 } else { warnings += 1 }
    guard count < Self.shown else { return }
    let problem = problem()
    kept.append(
      Diagnostic(
        severity: severity, place: place, code: problem.code, detail: problem.detail,
        related: related, fix: problem.fix))
  }

  /// Treats every warning as an error.
  package mutating func makeStrict() {
    errors += warnings
    warnings = 0
    for index in kept.indices { kept[index].severity = .error }
  }

  /// Drops the corrections of unknown keys, from a kept problem on, to keys that the mapping has already.
  mutating func dropFixes(from index: Int, to taken: [String]) {
    for index in kept.indices.dropFirst(index) where kept[index].code == .unknownKey {
      if let fix = kept[index].fix, taken.contains(fix.replacement) { kept[index].fix = nil }
    }
  }

  /// Sorts the kept problems by location.
  mutating func sort() {
    kept.sort { ($0.place, $0.severity.rawValue) < ($1.place, $1.severity.rawValue) }
  }
}

/// A problem without its location.
package struct Problem: Equatable, Sendable {
  let code: ProblemCode
  let detail: String
  let fix: Fix?

  /// The problem with a fix that its message does not depend on.
  func fixed(by fix: Fix?) -> Problem { Problem(code, detail: detail, fix: fix) }

  init(_ code: ProblemCode, detail: String, fix: Fix? = nil) {
    self.code = code
    self.detail = detail
    self.fix = fix
  }
}
