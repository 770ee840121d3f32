import Foundation
import TestSupport

/// One pipeline of GitLab CI, its jobs run as GitLab's runner would.
final class GitLabPipeline {
  let forge: Forge
  let configuration: JSONValue
  /// What GitLab sets for every job.
  var variables: [String: String]
  /// Done while the script of a job runs, by the job's name.
  var during: [String: (Running) throws -> Void] = [:]
  /// Variables that only jobs of the environment are given.
  private let secrets: [String: String]
  private var jobs: [String: Job] = [:]

  /// What came of a job.
  struct Job {
    var folder: String
    var script: Ending
    var after: Ending?
    /// What it was given besides what GitLab sets.
    var given: [String: String]
    var artifacts: String
    var outputs: [String: String] = [:]
  }

  init(_ forge: Forge, variables: [String: String], secrets: [String: String] = [:]) throws {
    let url = ReadmeTests.root.appending(path: "examples/workflows/gitlab/.gitlab-ci.yml")
    configuration = try JSONValue(yaml: Array(try Data(contentsOf: url)))
    self.forge = forge
    self.secrets = secrets
    self.variables = variables.merging(["CI_DEFAULT_BRANCH": "main"]) { $1 }
  }

  /// Runs a job at a ref; nil if its rules leave it out.
  func run(_ name: String, at ref: String = "main") throws -> Job? {
    guard let job = configuration[name] else { throw Forge.Failure(what: "no job \(name)") }
    guard let rule = try job["rules"]?.array?.first(where: holds) else { return nil }
    var given: [String: String] = [:]
    for variables in [configuration["variables"], job["variables"]] {
      for (key, value) in variables?.object ?? [:] { given[key] = value.string ?? "" }
    }
    if job["environment"] == .string("imprune") { given.merge(secrets) { $1 } }
    let folder = forge.folder(for: name)
    if given["GIT_STRATEGY"] == "none" {
      try forge.place.makeFolder(folder)
    } else {
      try forge.git("clone", "--quiet", forge.place.path("remote.git"), folder, in: "")
      try forge.git("fetch", "--quiet", "origin", ref, in: folder)
      try forge.git("checkout", "--quiet", "--detach", "FETCH_HEAD", in: folder)
    }
    for need in job["needs"]?.array ?? [] {
      guard let done = jobs[need.string ?? ""] else { return nil }
      guard done.script.code == 0 || rule["when"] == .string("always") else { return nil }
      given.merge(done.outputs) { $1 }
      let names =
        (try? FileManager.default.contentsOfDirectory(atPath: forge.place.path(done.artifacts)))
      try forge.copy(names ?? [], from: done.artifacts, to: folder)
    }
    func start(_ lines: JSONValue?) throws -> Running {
      let script = (lines?.array ?? []).map { $0.string ?? "" }.joined(separator: "\n")
      return try forge.shell(
        "set -eo pipefail\n" + script, in: folder, environment: variables.merging(given) { $1 })
    }
    let running = try start(job["script"])
    try during[name]?(running)
    var outcome = Job(
      folder: folder, script: forge.place.end(running), given: given,
      artifacts: folder + "-artifacts")
    if job["after_script"] != nil {
      outcome.after = forge.place.end(try start(job["after_script"]))
    }
    let artifacts = job["artifacts"]
    if outcome.script.code == 0 || artifacts?["when"] == .string("always") {
      let paths = (artifacts?["paths"]?.array ?? []).compactMap(\.string)
      try forge.copy(paths, from: folder, to: outcome.artifacts)
    }
    if let path = artifacts?["reports"]?["dotenv"]?.string {
      for line in try forge.place.text("\(folder)/\(path)").split(separator: "\n") {
        let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
        outcome.outputs[parts[0]] = parts[1]
      }
    }
    jobs[name] = outcome
    return outcome
  }

  private func holds(_ rule: JSONValue) throws -> Bool {
    let condition = rule["if"]?.string ?? ""
    guard let match = condition.wholeMatch(of: /\$(\w+) == (?:\$(\w+)|"(\w+)")/) else {
      throw Forge.Failure(what: "the condition `\(condition)` is not known here")
    }
    return variables[String(match.1)] == match.3.map(String.init)
      ?? variables[String(match.2 ?? "")]
  }
}
