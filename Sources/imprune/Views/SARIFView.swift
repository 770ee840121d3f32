import JSON
import PruneCore

/// What `validate` found, in the Static Analysis Results Interchange Format, version 2.1.0.
enum SARIFView {
  private static let schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

  static func render(
    _ validations: [Validation], _ problems: [LocatedProblem], _ exit: Exit,
    _ repository: Repository
  ) -> [UInt8] {
    var json = JSONText()
    json.object(.lines) { json in
      json.field("$schema", schema)
      json.field("version", "2.1.0")
      json.key("runs")
      json.array(.lines) { json in
        json.object(.lines) { json in
          json.key("tool")
          json.object(.lines) { json in
            json.key("driver")
            json.writeDriver()
          }
          json.key("invocations")
          json.array { $0.writeInvocation(validations, exit) }
          json.field("columnKind", "unicodeCodePoints")
          json.key("results")
          json.array(.lines) { json in
            for problem in problems { json.write(problem, repository) }
          }
        }
      }
    }
    return json.bytes
  }

  static let rules = ProblemCode.ofManifests

  /// The name of the fingerprints; its number changes if they are made in another way.
  fileprivate static let fingerprint = "problem/v1"

  fileprivate static let indices = Dictionary(
    uniqueKeysWithValues: rules.enumerated().map { ($1.rawValue, $0) })
}

extension JSONText {
  fileprivate mutating func writeDriver() {
    object(.lines) { json in
      json.field("name", "imprune")
      json.field("semanticVersion", Version.current)
      json.key("rules")
      json.array(.lines) { json in
        for rule in SARIFView.rules {
          json.object(.lines) { json in
            json.field("id", rule.rawValue)
            json.message("shortDescription", rule.summary)
            json.message("fullDescription", rule.help)
            json.message("help", rule.help)
            json.key("defaultConfiguration")
            json.object { $0.field("level", rule.severity.rawValue) }
          }
        }
      }
    }
  }

  /// A run of `validate` that could read every manifest is successful, whatever it found.
  fileprivate mutating func writeInvocation(_ validations: [Validation], _ exit: Exit) {
    let hidden = validations.filter { $0.hidden > 0 }
    let isUnread = validations.contains { $0.isUnread }
    object(.lines) { json in
      json.field("executionSuccessful", !isUnread)
      json.field("exitCode", exit.rawValue)
      json.key("toolExecutionNotifications")
      json.array(.lines) { json in
        for validation in hidden {
          json.object { json in
            json.field("level", "note")
            json.message("message", validation.hiddenWords)
          }
        }
      }
    }
  }

  fileprivate mutating func write(_ located: LocatedProblem, _ repository: Repository) {
    let problem = located.problem
    object(.lines) { json in
      json.field("ruleId", problem.code)
      if let index = SARIFView.indices[problem.code] { json.field("ruleIndex", index) }
      json.field("level", problem.severity == .warning ? "warning" : "error")
      json.message("message", located.text)
      json.key("locations")
      json.array { $0.write(problem.location, repository) }
      if let related = problem.related {
        json.key("relatedLocations")
        json.array { $0.write(related, repository) }
      }
      json.key("partialFingerprints")
      json.object { $0.field(SARIFView.fingerprint, located.fingerprint) }
      if let fix = problem.fix, let position = problem.location.position {
        json.key("fixes")
        json.array { $0.write(fix, position, problem.location.file, repository) }
      }
    }
  }

  private mutating func write(_ location: ReportedProblem.Location, _ repository: Repository) {
    object { json in
      json.key("physicalLocation")
      json.object { json in
        json.write(file: location.file, repository)
        if let position = location.position {
          json.key("region")
          json.object { json in
            json.field("startLine", position.line)
            json.field("startColumn", position.column)
          }
        }
      }
    }
  }

  private mutating func write(file: String, _ repository: Repository) {
    key("artifactLocation")
    object { $0.field("uri", repository.uri(of: file)) }
  }

  private mutating func write(
    _ fix: Fix, _ position: (line: UInt32, column: UInt32), _ file: String,
    _ repository: Repository
  ) {
    object { json in
      json.message("description", "Replace with \(fix.replacement)")
      json.key("artifactChanges")
      json.array { json in
        json.object { json in
          json.write(file: file, repository)
          json.key("replacements")
          json.array { json in
            json.object { json in
              json.key("deletedRegion")
              json.object { json in
                json.field("startLine", position.line)
                json.field("startColumn", position.column)
                json.field("endColumn", position.column + fix.length)
              }
              json.key("insertedContent")
              json.object { $0.field("text", fix.replacement) }
            }
          }
        }
      }
    }
  }

  /// A message as plain text. Braces are doubled, as the format requires, and a blank breaks up `](`, so
  /// that text from a file can be neither a placeholder nor a link. It works on Unicode scalars, as
  /// readers of the format do, not on grapheme clusters.
  private mutating func message(_ name: String, _ text: String) {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == "{" || scalar == "}" { escaped.append(scalar) }
      if scalar == "(", escaped.last == "]" { escaped.append(" ") }
      escaped.append(scalar)
    }
    key(name)
    object { $0.field("text", String(escaped)) }
  }
}
