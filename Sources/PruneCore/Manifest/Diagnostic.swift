/// One problem in a manifest or its lists: where, what is wrong, and what to do.
///
/// The summary is fixed words, so that equal problems look equal; what is particular to this one
/// is in the detail. The texts are in `ManifestProblems.swift`.
package struct Diagnostic: Equatable, Sendable {
  package enum Severity: String, Sendable {
    case error
    case warning
  }

  package var severity: Severity
  package var place: Place
  package var summary: String
  package var detail: String
  /// What a warning is known by, in all versions: lower-case words with hyphens. Errors have none.
  package var code: String?
  /// The other place that the detail speaks of, such as where an entry was first said.
  package var related: Place?
}

/// The problems found, all counted, the first hundred of each severity kept.
package struct Diagnostics: Equatable, Sendable {
  /// How many of each severity are kept to be shown.
  package static let shown = 100

  package private(set) var kept: [Diagnostic] = []
  package private(set) var errors = 0
  package private(set) var warnings = 0

  package init() {}

  package var hasErrors: Bool { errors > 0 }

  /// Counts a problem; its text is made only if it will be kept.
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

  /// Takes every warning for an error.
  package mutating func makeStrict() {
    errors += warnings
    warnings = 0
    for index in kept.indices { kept[index].severity = .error }
  }

  /// Puts the kept ones in the order of their places.
  mutating func sort() {
    kept.sort { ($0.place, $0.severity.rawValue) < ($1.place, $1.severity.rawValue) }
  }
}

/// The words of a problem, before it is known where it stands.
package struct Problem: Equatable, Sendable {
  let summary: String
  let detail: String
  var code: String?
}
