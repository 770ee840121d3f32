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
  package var summary: String
  package var detail: String
  /// The stable code of a warning: lower-case words with hyphens. Errors have none.
  package var code: String?
  /// The other location in the detail, such as that of the first entry.
  package var related: Place?
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
        severity: severity, place: place, summary: problem.summary, detail: problem.detail,
        code: problem.code, related: related))
  }

  /// Treats every warning as an error.
  package mutating func makeStrict() {
    errors += warnings
    warnings = 0
    for index in kept.indices { kept[index].severity = .error }
  }

  /// Sorts the kept problems by location.
  mutating func sort() {
    kept.sort { ($0.place, $0.severity.rawValue) < ($1.place, $1.severity.rawValue) }
  }
}

/// The text of a problem, without its location.
package struct Problem: Equatable, Sendable {
  let summary: String
  let detail: String
  var code: String?
}
