/// A problem that `validate` reports to another program: of the text, or from the guards.
package struct ReportedProblem: Equatable, Sendable {
  package enum Severity: String, Sendable {
    case error
    /// A guard refuses the manifest or a user in it, though it can be read.
    case refusal
    case warning
  }

  /// A position in a file.
  package struct Location: Equatable, Sendable {
    /// As shown to people: relative to the current folder, or absolute.
    package let file: String
    /// Counted from 1, in characters (Unicode scalars); nil for the file as a whole.
    package var position: (line: UInt32, column: UInt32)? { place.map { ($0.line, $0.column) } }
    private let place: Place?

    init(_ place: Place, _ files: [String]) {
      file = files[Int(place.file)]
      self.place = place
    }

    init(file: String) {
      self.file = file
      place = nil
    }
  }

  package let severity: Severity
  /// A code of `ProblemCode`.
  package let code: String
  /// Fixed text, so that equal problems look equal.
  package let summary: String
  /// Full sentences: what is wrong and what to do. It contains text from the files.
  package let message: String
  package let location: Location
  /// The other location in the message, such as that of the first of two entries.
  package var related: Location?
  package var fix: Fix?

  init(_ diagnostic: Diagnostic, _ files: [String]) {
    severity = diagnostic.severity == .error ? .error : .warning
    code = diagnostic.code.rawValue
    summary = diagnostic.summary
    message = diagnostic.detail
    location = Location(diagnostic.place, files)
    related = diagnostic.related.map { Location($0, files) }
    fix = diagnostic.fix
  }

  /// A problem of a manifest as a whole; `code` is one of `GuardWords`.
  init(_ severity: Severity, _ code: String, _ message: String, _ location: Location) {
    self.severity = severity
    self.code = code
    summary = ProblemCode(rawValue: code)?.summary ?? "Manifest refused"
    self.message = message
    self.location = location
  }
}
