import JSON
import PruneCore

/// What `validate` found, as JSON of imprune's own, described by
/// `examples/schemas/validate.schema.json`.
enum ValidationView {
  static func json(_ validations: [Validation], _ exit: Exit) -> [UInt8] {
    var json = JSONText()
    json.object(.lines) { json in
      json.field("format_version", "1.0")
      json.field("tool_version", Version.current)
      json.field("exit_code", exit.rawValue)
      json.key("counts")
      json.write(validations.reduce(Validation.Counts()) { $0 + $1.counts })
      json.key("manifests")
      json.array(.lines) { json in
        for validation in validations { json.write(validation) }
      }
    }
    return json.bytes
  }
}

extension JSONText {
  fileprivate mutating func write(_ counts: Validation.Counts) {
    object { json in
      json.field("errors", counts.errors)
      json.field("refusals", counts.refusals)
      json.field("warnings", counts.warnings)
    }
  }

  fileprivate mutating func write(_ validation: Validation) {
    object(.lines) { json in
      json.field("manifest", validation.path)
      json.field("exit_code", validation.exit.rawValue)
      json.field("app", validation.manifest?.app.id.number)
      json.field("removals", validation.manifest?.count(of: .removeAccount))
      json.field("clears", validation.manifest?.count(of: .clearTags))
      json.key("files")
      json.array { json in
        for file in validation.files { json.value(file) }
      }
      json.key("counts")
      json.write(validation.counts)
      json.field("not_shown", validation.hidden)
      json.key("diagnostics")
      json.array(.lines) { json in
        for problem in validation.problems { json.write(problem) }
      }
    }
  }

  private mutating func write(_ problem: ReportedProblem) {
    object(.lines) { json in
      json.field("severity", problem.severity.rawValue)
      json.field("code", problem.code)
      json.field("summary", problem.summary)
      json.field("message", printable(problem.message))
      json.write(problem.location)
      json.key("related")
      if let related = problem.related {
        json.object { $0.write(related) }
      } else {
        json.null()
      }
      json.key("fix")
      if let fix = problem.fix {
        json.object { json in
          json.field("length", fix.length)
          json.field("replacement", fix.replacement)
        }
      } else {
        json.null()
      }
    }
  }

  private mutating func write(_ location: ReportedProblem.Location) {
    field("file", location.file)
    field("line", location.position?.line)
    field("column", location.position?.column)
  }
}
