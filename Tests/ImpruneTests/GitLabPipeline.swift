import Foundation
import TestSupport

/// One pipeline of GitLab CI, with its jobs run as GitLab's runner would.
final class GitLabPipeline {
  let gitHost: FakeGitHost
  let configuration: JSONValue
  /// The variables that GitLab sets for every job.
  var variables: [String: String]
  /// Actions during a job's script, by the job's name.
  var during: [String: (ChildProcess) throws -> Void] = [:]
  /// Variables of scripts that a test replaces.
  var replaced: [String: String] = [:]
  /// Variables only for jobs of the environment.
  private let secrets: [String: String]
  private var jobs: [String: Job] = [:]

  /// The result of a job.
  struct Job {
    var folder: String
    var script: ProcessResult
    var after: ProcessResult?
    /// Its environment, in addition to what GitLab sets.
    var given: [String: String]
    var artifacts: String
    var outputs: [String: String] = [:]
  }

  init(
    _ gitHost: FakeGitHost, file: String = ".gitlab-ci.yml", variables: [String: String],
    secrets: [String: String] = [:]
  ) throws {
    let url = ReadmeTests.root.appending(path: "examples/workflows/gitlab/\(file)")
    configuration = try JSONValue(yaml: Array(try Data(contentsOf: url)))
    self.gitHost = gitHost
    self.secrets = secrets
    self.variables = variables.merging(["CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_ID": "77"]) { $1 }
  }

  /// Runs a job at a ref; nil if its rules skip it.
  func run(_ name: String, at ref: String = "main") throws -> Job? {
    guard let job = configuration[name] else { throw FakeGitHost.Failure(what: "no job \(name)") }
    guard let rule = try job["rules"]?.array?.first(where: holds) else { return nil }
    var given: [String: String] = [:]
    for variables in [configuration["variables"], job["variables"]] {
      for (key, value) in variables?.object ?? [:] {
        given[key] = expanded(value.string ?? "")
      }
    }
    if job["environment"] == .string("imprune") { given.merge(secrets) { $1 } }
    let folder = gitHost.folder(for: name)
    if given["GIT_STRATEGY"] == "none" {
      try gitHost.place.makeFolder(folder)
    } else {
      try gitHost.git("clone", "--quiet", gitHost.place.path("remote.git"), folder, in: "")
      try gitHost.git("fetch", "--quiet", "origin", ref, in: folder)
      try gitHost.git("checkout", "--quiet", "--detach", "FETCH_HEAD", in: folder)
    }
    for need in job["needs"]?.array ?? [] {
      guard let done = jobs[need.string ?? ""] else { return nil }
      guard done.script.code == 0 || rule["when"] == .string("always") else { return nil }
      given.merge(done.outputs) { $1 }
      let names =
        (try? FileManager.default.contentsOfDirectory(atPath: gitHost.place.path(done.artifacts)))
      try gitHost.copy(names ?? [], from: done.artifacts, to: folder)
    }
    func start(_ lines: JSONValue?) throws -> ChildProcess {
      let script = (lines?.array ?? []).map { $0.string ?? "" }.joined(separator: "\n")
      let environment = variables.merging(given) { $1 }.merging(replaced) { $1 }
      return try gitHost.shell(
        "set -eo pipefail\n" + script, in: folder, environment: environment)
    }
    let process = try start(job["script"])
    try during[name]?(process)
    var outcome = Job(
      folder: folder, script: gitHost.place.end(process), given: given,
      artifacts: folder + "-artifacts")
    if job["after_script"] != nil {
      outcome.after = gitHost.place.end(try start(job["after_script"]))
    }
    let artifacts = job["artifacts"]
    if outcome.script.code == 0 || artifacts?["when"] == .string("always") {
      let paths = (artifacts?["paths"]?.array ?? []).compactMap(\.string)
      try gitHost.copy(paths, from: folder, to: outcome.artifacts)
    }
    if let path = artifacts?["reports"]?["dotenv"]?.string {
      for line in try gitHost.place.text("\(folder)/\(path)").split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
        outcome.outputs[parts[0]] = parts[1]
      }
    }
    jobs[name] = outcome
    return outcome
  }

  /// A text with the values of the variables that GitLab sets.
  private func expanded(_ text: String) -> String {
    text.replacing(/\$(\w+)/) { match in variables[String(match.1)] ?? "" }
  }

  private func holds(_ rule: JSONValue) throws -> Bool {
    let condition = rule["if"]?.string ?? ""
    guard let match = condition.wholeMatch(of: /\$(\w+) == (?:\$(\w+)|"(\w+)")/) else {
      throw FakeGitHost.Failure(what: "the condition `\(condition)` is not known here")
    }
    return variables[String(match.1)] == match.3.map(String.init)
      ?? variables[String(match.2 ?? "")]
  }
}
