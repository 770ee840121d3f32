import Foundation
import TestSupport

/// One run of a GitHub Actions workflow, with its jobs run as GitHub's runner would.
///
/// It looks up expressions in a table, and an unknown one fails the test, so a workflow cannot come
/// to rely on what this class does not implement.
final class GitHubRun {
  let gitHost: FakeGitHost
  let workflow: JSONValue
  /// The values of expressions, except secrets and variables.
  var values: [String: String]
  /// The prefix of each step's shell, such as `unshare -n`.
  var prefix: [String] = []
  /// Changes a script before it runs.
  var rewrite: (String) -> String = { $0 }
  /// Actions before a step, by the step's name.
  var before: [String: () throws -> Void] = [:]
  /// Actions during a step, by the step's name.
  var during: [String: (ChildProcess) throws -> Void] = [:]
  /// What a person replaces in the workflow's variables.
  var replaced: [String: String] = [:]
  /// The credentials of roles in AWS, by the end of their names.
  var roles: [String: [String: String]] = [:]
  /// The folders of artifacts, by name.
  var artifacts: [String: String] = [:]
  private var jobs: [String: Job] = [:]
  /// The secrets and variables of the environment `imprune`.
  private let secrets: [String: String]
  private var commit = ""

  /// The result of a job.
  struct Job {
    var folder: String
    var hasFailed = false
    /// How each step with a script ended, by its name or, without one, its script.
    var steps: [String: ProcessResult] = [:]
    /// The environment of each of these steps, in addition to the runner's own.
    var environments: [String: [String: String]] = [:]
    var outputs: [String: String] = [:]
    /// The credentials that later steps get.
    var credentials: [String: String] = [:]
  }

  init(
    _ name: String, _ gitHost: FakeGitHost, event: String, ref: String,
    secrets: [String: String] = [:]
  )
    throws
  {
    let url = ReadmeTests.root.appending(path: "examples/workflows/github/\(name)")
    workflow = try JSONValue(yaml: Array(try Data(contentsOf: url)))
    self.gitHost = gitHost
    self.secrets = secrets
    values = ["github.event_name": event, "github.ref": ref]
    // Without its own ref a checkout takes the event's commit.
    if !ref.isEmpty {
      commit = try gitHost.git("rev-parse", ref, in: "remote.git").trimmingCharacters(in: .newlines)
    }
  }

  // MARK: - Jobs

  /// Runs a job; nil if its condition, or a job that it needs, forbids it.
  func run(_ name: String) throws -> Job? {
    guard let job = workflow["jobs"]?[name] else {
      throw FakeGitHost.Failure(what: "no job \(name)")
    }
    for need in job["needs"].map({ $0.array ?? [$0] }) ?? [] {
      guard let done = jobs[need.string ?? ""], !done.hasFailed else { return nil }
      for (key, value) in done.outputs {
        values["needs.\(need.string ?? "").outputs.\(key)"] = value
      }
    }
    if let condition = job["if"]?.string, try !holds(condition, hasFailed: false) { return nil }
    var outcome = Job(folder: gitHost.folder(for: name))
    try gitHost.place.makeFolder(outcome.folder)
    for step in job["steps"]?.array ?? [] {
      guard try holds(step["if"]?.string ?? "success()", hasFailed: outcome.hasFailed) else {
        continue
      }
      do {
        let result = try take(step, of: job, &outcome)
        if result?.code != 0, result != nil { outcome.hasFailed = true }
      } catch let failure as FakeGitHost.Failure where step["continue-on-error"] == .bool(true) {
        _ = failure
      }
    }
    for (key, value) in job["outputs"]?.object ?? [:] {
      outcome.outputs[key] = try filled(value.string ?? "", job)
    }
    jobs[name] = outcome
    return outcome
  }

  // MARK: - Steps

  private func take(
    _ step: JSONValue, of job: JSONValue, _ outcome: inout Job
  ) throws -> ProcessResult? {
    var with: [String: String] = [:]
    for (key, value) in step["with"]?.object ?? [:] { with[key] = try filled(text(value), job) }
    let paths = (with["path"] ?? "").split(separator: "\n").map(String.init)
    switch step["uses"]?.string?.split(separator: "@").first {
    case "actions/checkout":
      try checkOut(with, job, outcome.folder)
      return nil
    case "actions/upload-artifact":
      let folder = "artifacts/\(outcome.folder)/\(with["name"] ?? "")"
      let found = try paths.flatMap { try gitHost.files($0, in: outcome.folder) }
      guard !found.isEmpty else {
        if with["if-no-files-found"] == "ignore" { return nil }
        throw FakeGitHost.Failure(what: "nothing to upload")
      }
      try gitHost.copy(paths, from: outcome.folder, to: folder)
      artifacts[with["name"] ?? ""] = folder
      return nil
    case "actions/download-artifact":
      guard let folder = artifacts[with["name"] ?? ""] else {
        throw FakeGitHost.Failure(what: "no artifact")
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: gitHost.place.path(folder))
      try gitHost.copy(names, from: folder, to: outcome.folder)
      return nil
    case "aws-actions/configure-aws-credentials":
      outcome.credentials = try credentials(with, job)
      return nil
    case .some(let action): throw FakeGitHost.Failure(what: "\(action) is not known here")
    case nil: return try runScript(of: step, job, &outcome)
    }
  }

  /// Checks out the ref; pushes fail unless the job has write permission and keeps its credentials.
  private func checkOut(_ with: [String: String], _ job: JSONValue, _ folder: String) throws {
    let remote = gitHost.place.path("remote.git")
    try gitHost.git("init", "--quiet", in: folder)
    try gitHost.git("remote", "add", "origin", remote, in: folder)
    let wanted = with["ref"].map { "refs/heads/\($0)" } ?? commit
    let depth = with["fetch-depth"] == "0" ? "--tags" : "--depth=1"
    // By URL: git would fetch a path completely, whatever the depth.
    try gitHost.git("fetch", "--quiet", depth, "file://\(remote)", wanted, in: folder)
    try gitHost.git(
      "checkout", "--quiet", "-B", with["ref"] ?? "detached", "FETCH_HEAD", in: folder)
    if with["fetch-depth"] == "0" { try gitHost.git("fetch", "--quiet", "origin", in: folder) }
    let mayPush =
      with["persist-credentials"] != "false" && permissions(job)["contents"] == .string("write")
    if !mayPush {
      try gitHost.git("remote", "set-url", "--push", "origin", "/refused", in: folder)
    }
  }

  /// The credentials of the role, which the action puts into the environment of later steps.
  private func credentials(
    _ with: [String: String], _ job: JSONValue
  ) throws -> [String: String] {
    guard permissions(job)["id-token"] == .string("write") else {
      throw FakeGitHost.Failure(what: "the job may not get a token for AWS")
    }
    let role = (with["role-to-assume"] ?? "").split(separator: "/").last.map(String.init) ?? ""
    guard let credentials = roles[role] else { throw FakeGitHost.Failure(what: "no role \(role)") }
    return credentials.merging(["AWS_REGION": with["aws-region"] ?? ""]) { $1 }
  }

  private func runScript(
    of step: JSONValue, _ job: JSONValue, _ outcome: inout Job
  ) throws -> ProcessResult {
    guard let script = step["run"]?.string else { throw FakeGitHost.Failure(what: "an empty step") }
    let name = step["name"]?.string ?? script
    try before[name]?()
    var given: [String: String] = [:]
    for variables in [workflow["env"], job["env"], step["env"]] {
      for (key, value) in variables?.object ?? [:] { given[key] = try filled(text(value), job) }
    }
    outcome.environments[name] = given
    let files = "\(outcome.folder)-files"
    for file in ["output", "summary.md"] { try gitHost.place.write("\(files)/\(file)", "") }
    let temporary = "\(outcome.folder)-temp"
    try gitHost.place.makeFolder(temporary)
    var environment = given.merging(outcome.credentials) { $1 }.merging(replaced) { $1 }
    environment["GITHUB_ACTIONS"] = "true"
    environment["GITHUB_WORKSPACE"] = gitHost.place.path(outcome.folder)
    environment["RUNNER_TEMP"] = gitHost.place.path(temporary)
    environment["GITHUB_OUTPUT"] = gitHost.place.path("\(files)/output")
    environment["GITHUB_STEP_SUMMARY"] = gitHost.place.path("\(files)/summary.md")
    let process = try gitHost.shell(
      rewrite(script), in: outcome.folder,
      environment: prefix.isEmpty ? environment : given, prefix: prefix)
    try during[name]?(process)
    let result = gitHost.place.end(process)
    outcome.steps[name] = result
    for line in try gitHost.place.text("\(files)/output").split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      values["steps.\(step["id"]?.string ?? "").outputs.\(parts[0])"] = String(parts[1])
    }
    return result
  }

  // MARK: - Expressions

  func permissions(_ job: JSONValue) -> [String: JSONValue] {
    (job["permissions"] ?? workflow["permissions"])?.object ?? ["everything": .null]
  }

  private func text(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text
    case .bool(let bool): "\(bool)"
    case .number(let number): "\(Int(number))"
    default: ""
    }
  }

  private func filled(_ text: String, _ job: JSONValue) throws -> String {
    var filled = ""
    var rest = text[...]
    while let match = rest.firstMatch(of: /\$\{\{ *(.*?) *\}\}/) {
      filled += rest[..<match.range.lowerBound] + (try value(String(match.1), job))
      rest = rest[match.range.upperBound...]
    }
    return filled + rest
  }

  private func value(_ expression: String, _ job: JSONValue?) throws -> String {
    if let match = expression.wholeMatch(of: /(?:secrets|vars)\.(\w+)/), let job {
      // They belong to an environment; other jobs see empty ones.
      guard job["environment"]?.string == "imprune" else { return "" }
      return secrets[String(match.1)] ?? ""
    }
    // An unset output is empty.
    if let value = values[expression] { return value }
    if expression.contains(".outputs.") { return "" }
    throw FakeGitHost.Failure(what: "the expression `\(expression)` is not known here")
  }

  private func holds(_ condition: String, hasFailed: Bool) throws -> Bool {
    switch condition {
    case "always()": return true
    case "success()": return !hasFailed
    default:
      guard let match = condition.wholeMatch(of: /([a-z_.]+) == (?:'([^']*)'|([a-z_.]+))/) else {
        throw FakeGitHost.Failure(what: "the condition `\(condition)` is not known here")
      }
      let wanted = try match.2.map(String.init) ?? value(String(match.3 ?? ""), nil)
      return try !hasFailed && value(String(match.1), nil) == wanted
    }
  }
}
