import PruneCore

/// A problem for programs that show it next to the lines of a repository.
struct LocatedProblem {
  let problem: ReportedProblem
  /// The file from the top of the repository on.
  let path: String
  /// Recognizes the problem in later versions of the file; different for each.
  let fingerprint: String

  /// All problems in their order; `lines` rereads lines of a file.
  static func all(
    _ validations: [Validation], _ repository: Repository,
    lines: (Set<UInt32>, _ file: String, _ manifest: String) -> [UInt32: String]
  ) -> [LocatedProblem] {
    var fingerprints = Fingerprints()
    return validations.flatMap { validation in
      // By bytes: two spellings of a name are two files.
      var texts: [[UInt8]: [UInt32: String]] = [:]
      let byFile = Dictionary(grouping: validation.problems) { Array($0.location.file.utf8) }
      for (name, problems) in byFile {
        let numbers = Set(problems.compactMap { $0.location.position?.line })
        texts[name] = lines(numbers, problems[0].location.file, validation.path)
      }
      return validation.problems.map { problem in
        let path = repository.path(of: problem.location.file)
        let line = problem.location.position.flatMap {
          texts[Array(problem.location.file.utf8)]?[$0.line]
        }
        return LocatedProblem(
          problem: problem, path: path,
          fingerprint: fingerprints.next(code: problem.code, file: path, line: line ?? ""))
      }
    }
  }

  /// What is wrong and what to do, in one text without hidden characters.
  var text: String { "\(problem.summary): \(printable(problem.message))" }
}
