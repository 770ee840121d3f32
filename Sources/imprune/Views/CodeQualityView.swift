import JSON
import PruneCore

/// What `validate` found, for GitLab's widget and diff (`artifacts:reports:codequality`).
enum CodeQualityView {
  /// The name of the check that only says how many problems are not listed.
  static let moreProblems = "more-problems"

  static func render(
    _ validations: [Validation], _ problems: [LocatedProblem], _ repository: Repository
  ) -> [UInt8] {
    var json = JSONText()
    var fingerprints = Fingerprints()
    json.array(.lines) { json in
      for located in problems {
        let problem = located.problem
        json.writeIssue(
          located.text, problem.code, located.fingerprint, severity(problem.severity), located.path,
          line: problem.location.position?.line ?? 1)
      }
      for validation in validations where validation.hidden > 0 {
        let path = repository.path(of: validation.path)
        json.writeIssue(
          validation.hiddenWords, moreProblems,
          fingerprints.next(code: moreProblems, file: path, line: ""), "info", path, line: 1)
      }
    }
    return json.bytes
  }

  private static func severity(_ severity: ReportedProblem.Severity) -> String {
    switch severity {
    case .error: "critical"
    case .refusal: "major"
    case .warning: "minor"
    }
  }
}

extension JSONText {
  fileprivate mutating func writeIssue(
    _ description: String, _ check: String, _ fingerprint: String, _ severity: String,
    _ path: String, line: UInt32
  ) {
    object(.lines) { json in
      json.field("description", description)
      json.field("check_name", check)
      json.field("fingerprint", fingerprint)
      json.field("severity", severity)
      json.key("location")
      json.object { json in
        json.field("path", path)
        json.key("lines")
        json.object { $0.field("begin", line) }
      }
    }
  }
}

extension Validation {
  /// How many problems are not listed, as a sentence.
  var hiddenWords: String {
    "\(printable(path)) has \(counted(hidden, "more problem")). Correct the ones that are listed, and "
      + "run imprune validate again."
  }
}
