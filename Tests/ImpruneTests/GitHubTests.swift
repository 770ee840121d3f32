import Foundation
import PruneCore
import TestSupport
import Testing

@testable import imprune

/// What GitHub's runner gets, and what it must not treat as a command.
@Suite struct GitHubTests {
  // MARK: - The runner's reading of a log

  /// A workflow command as the runner reads it.
  private struct Command: Equatable {
    var name: String
    var properties: [String: String]
    var message: String
  }

  private static let names: Set = [
    "error", "warning", "notice", "add-mask", "stop-commands", "group",
  ]

  /// The lines as the runner sees them.
  private func lines(_ log: String) -> [String] {
    log.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.map { String($0) }
  }

  /// The command in a line: `::name a=b,c=d::message` after blanks.
  private func command(_ line: String) -> Command? {
    let scalars = Array(line.unicodeScalars.drop { $0.properties.isWhitespace })
    guard scalars.starts(with: [":", ":"]) else { return nil }
    let rest = scalars.dropFirst(2)
    let end = rest.indices.first { rest[$0] == ":" && rest[$0...].starts(with: [":", ":"]) }
    guard let end else { return nil }
    let head = rest[..<end].split(separator: " ", maxSplits: 1).map { text($0) }
    guard let name = head.first, Self.names.contains(name) else { return nil }
    var properties: [String: String] = [:]
    for pair in head.count > 1 ? head[1].unicodeScalars.split(separator: ",") : [] {
      let parts = pair.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { properties[String(parts[0])] = unescaped(String(parts[1])) }
    }
    return Command(
      name: name, properties: properties, message: unescaped(text(rest[(end + 2)...])))
  }

  private func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    String(String.UnicodeScalarView(scalars))
  }

  private func unescaped(_ text: String) -> String {
    text.removingPercentEncoding ?? "not escaped as it should be: \(text)"
  }

  /// Whether the runner executes something in a line.
  private func isObeyed(_ line: String) -> Bool {
    command(line) != nil || holds("##[", line)
      || line.unicodeScalars.drop { $0.properties.isWhitespace }.starts(with: "::".unicodeScalars)
  }

  private func holds(_ part: String, _ line: String) -> Bool {
    Data(line.utf8).range(of: Data(part.utf8)) != nil
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func `no text in a log is a runner command`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let parts =
      NastyText.visible + NastyText.hidden + [" ", "\t", ":", "#", "[", "\n::", "\n ::", "\r::"]
    let text = (0..<20).map { _ in NastyText.make(&random, from: parts, bytes: 200) }.joined()
    let harmless = GitHubView.harmless(text)
    #expect(lines(harmless).allSatisfy { !isObeyed($0) }, "\(harmless.debugDescription)")
    // Only blanks were inserted.
    #expect(
      self.text(harmless.unicodeScalars.filter { $0 != " " })
        == self.text(text.unicodeScalars.filter { $0 != " " }))
  }

  @Test func `text that is not a runner command is unchanged`() {
    let text = "  - remove  a::b  c.txt:1\n: a ::\n##\n# [x]\na:::b\n"
    #expect(GitHubView.harmless(text) == text)
  }

  // MARK: - Annotations

  private func annotations(_ readings: [ManifestReading], folder: String = "") -> String {
    var annotations = Annotations(folder: folder)
    readings.forEach { annotations.add($0) }
    return annotations.text
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func `an annotation escapes any name`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let name = NastyText.make(&random, from: NastyText.visible + NastyText.hidden, bytes: 60) + "m"
    let key = NastyText.make(&random, bytes: 60)
    let reading = readManifest(
      Array("version: 1\n\(yamlQuoted(key + "x")): 1\n".utf8), name: name)
    let problems = reading.diagnostics.kept
    let text = annotations([reading], folder: "sub/")
    let commands = lines(text).map(command)
    #expect(commands.count == problems.count)
    for (problem, command) in zip(problems, commands) {
      let file = name.hasPrefix("/") ? name : "sub/" + name
      #expect(
        command
          == Command(
            name: "error",
            properties: [
              "file": printable(file), "line": "\(problem.place.line)",
              "col": "\(problem.place.column)", "title": problem.summary,
            ], message: problem.detail))
    }
  }

  @Test func `a loosened rule is annotated before all warnings`() throws {
    let warnings = (0..<20).map { "  - {id: \"w \($0)\", account: absent}\n" }.joined()
    let reading = readManifest(head + "guards: {max_removals: 5000}\nusers:\n" + warnings)
    let manifest = try #require(reading.manifest)
    let before = try #require(readManifest(head + "users: []\n").manifest)
    let plan = try PlanPipeline(
      manifest, base: Base(name: "main", manifest: before)
    ).plan(.init(header: nil), StateCursor(nil))
    var annotations = Annotations(folder: "")
    annotations.add(reading)
    annotations.add(plan)
    let commands = lines(annotations.text).map(command)
    #expect(commands.count == 10)
    #expect(commands[0]?.properties["title"] == "Rule loosened")
    #expect(commands[9]?.message.hasPrefix("12 more warnings;") == true)
  }

  @Test func `there are at most nine annotations of a kind, and a tenth with the count`() throws {
    func reading(errors: Int, warnings: Int) -> ManifestReading {
      let errors = (0..<errors).map { _ in "  - {id: \"\", account: absent}\n" }
      let warnings = (0..<warnings).map { "  - {id: \"w \($0)\", account: absent}\n" }
      return readManifest(head + "users:\n" + (errors + warnings).joined())
    }
    func commands(_ readings: ManifestReading...) -> [Command?] {
      lines(annotations(readings)).map(command)
    }
    #expect(commands(reading(errors: 9, warnings: 0)).count == 9)
    let many = commands(reading(errors: 10, warnings: 130))
    #expect(many.count == 20)
    // The limit is per step, which may check several manifests.
    let both = commands(reading(errors: 7, warnings: 0), reading(errors: 7, warnings: 1))
    #expect(both.compactMap { $0?.name }.count { $0 == "error" } == 10)
    #expect(both[9]?.message.hasPrefix("5 more errors;") == true)
    #expect(
      many.compactMap { $0?.name } == Array(repeating: "error", count: 10)
        + Array(repeating: "warning", count: 10))
    #expect(many[9]?.message.hasPrefix("1 more error;") == true)
    #expect(many[19]?.message.hasPrefix("121 more warnings;") == true)
    #expect(many[19]?.properties["file"] == nil)
    #expect(many[10]?.properties["title"] == "Unusual id [unusual-id]")
  }

  private let head = """
    version: 1
    app: {sdk_app_id: 1400000000, region: singapore, edition: trial}

    """

  // MARK: - The built tool

  /// Runs imprune as a step does, with both outputs in one pipe.
  private func step(
    _ words: String, _ place: TemporaryWorkspace, _ environment: [String: String],
    in folder: String = ""
  ) throws -> String {
    let process = try ChildProcess(
      "/bin/sh", ["-c", "\"\(Built.imprune)\" \(words) 2>&1 | cat"], in: place.path(folder),
      environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
    return process.end().out
  }

  private func place(_ users: String = "  - {id: a, account: absent}") throws -> TemporaryWorkspace
  {
    let place = try TemporaryWorkspace()
    try place.write("imprune.yaml", manifestText(users: users))
    try place.write("imprune.state", StateFixture(records: []).text)
    return place
  }

  @Test func `a key in the environment is masked for the runner and printed nowhere else`() throws {
    let place = try place()
    let key = "a%key-0123456789"
    // No service listens at the manifest's address, so nothing is sent.
    let apply = "apply --auto-approve --new-state"
    func output(_ environment: [String: String], _ words: String) throws -> String {
      try step(words, place, environment)
    }
    let masked = try output(["GITHUB_ACTIONS": "true", "IMPRUNE_SECRET_KEY": key + "\n"], apply)
    #expect(
      lines(masked).compactMap(command)
        == [Command(name: "add-mask", properties: [:], message: key)])
    #expect(masked.contains("Apply stopped"))
    for value in ["", "1", "TRUE", "True", "false", "true "] {
      let text = try output(["GITHUB_ACTIONS": value, "IMPRUNE_SECRET_KEY": key], apply)
      #expect(!text.contains("key-0123456789") && !text.contains("add-mask"), "\(value)")
    }
    #expect(!(try output(["IMPRUNE_SECRET_KEY": key], apply)).contains("add-mask"))
    // These commands need no key; and a key in a file is not a value of the environment.
    for words in ["plan", "validate", "plan --format github"] {
      let text = try output(["GITHUB_ACTIONS": "true", "IMPRUNE_SECRET_KEY": key], words)
      #expect(!text.contains("add-mask"))
    }
    try place.write("key", key)
    let file = [
      "GITHUB_ACTIONS": "true", "IMPRUNE_SECRET_KEY_FILE": "key", "IMPRUNE_SECRET_KEY": key,
    ]
    #expect(!(try output(file, apply)).contains("add-mask"))
    // A file keeps its content.
    let result = try place.imprune(
      "apply", environment: ["GITHUB_ACTIONS": "true", "IMPRUNE_SECRET_KEY": key])
    #expect(!result.text.contains("add-mask"))
    #expect(result.error.contains("no approval"))
  }

  @Test func `imprune writes the step's summary and outputs`() throws {
    let place = try place("  - {ids: [a, b], account: absent}\n  - {id: c, tags: []}")
    try place.write("summary.md", "before\n")
    try place.write("outputs", "before=1\n")
    let environment = [
      "GITHUB_STEP_SUMMARY": place.path("summary.md"), "GITHUB_OUTPUT": place.path("outputs"),
    ]
    // Outside a job nothing is written.
    _ = try place.imprune("plan", environment: environment)
    #expect(try place.text("outputs") == "before=1\n")
    let job = environment.merging(["GITHUB_ACTIONS": "true"]) { $1 }
    let plan = try place.imprune("plan", environment: job)
    #expect(plan.code == 0)
    let token = try #require(plan.out.firstMatch(of: /Token: (\S+)/)).1
    #expect(
      try place.text("outputs")
        == "before=1\nhas_changes=true\nremovals=2\nclears=1\nblocked=0\n"
        + "guards_loosened=false\nstate_edited=false\ntoken=\(token)\n")
    let summary = try place.text("summary.md")
    #expect(summary.hasPrefix("before\n\n<!-- imprune-plan: 1400000000 imprune.yaml -->\n"))
    #expect(summary.contains("Token: `\(token)`"))
    // An explicit format stays that format in a job.
    let json = try place.imprune("plan", "--format", "json", environment: job)
    #expect(try JSONValue(json.out.utf8)["token"] == .string(String(token)))
    #expect(try place.text("summary.md") == summary)
    // Outside a job an explicit format is enough.
    #expect(try place.imprune("plan", "--format", "github", environment: environment) == plan)
    #expect(try place.text("outputs").components(separatedBy: "has_changes=true").count == 3)
  }

  /// An incomplete last line by an earlier command would absorb our first line.
  @Test(arguments: ["before=1", "before=1\nlast=2", "", "\n"])
  func `an output file without a final newline gets one first`(before: String) throws {
    let place = try place("  - {ids: [a, b], account: absent}")
    try place.write("summary.md", before)
    try place.write("outputs", before)
    let plan = try place.imprune(
      "plan",
      environment: [
        "GITHUB_STEP_SUMMARY": place.path("summary.md"), "GITHUB_OUTPUT": place.path("outputs"),
        "GITHUB_ACTIONS": "true",
      ])
    #expect(plan.code == 0)
    let ended = before.isEmpty || before.hasSuffix("\n") ? before : before + "\n"
    #expect(try place.text("outputs").hasPrefix(ended + "has_changes=true\nremovals=2\n"))
    let gap = before.isEmpty ? "" : "\n"
    #expect(try place.text("summary.md").hasPrefix(ended + gap + "<!-- imprune-plan: "))
  }

  @Test func `a refused plan has step outputs but no token`() throws {
    let place = try place("  - {ids: [administrator, b], account: absent}")
    let plan = try place.imprune(
      "plan", environment: ["GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": place.path("outputs")])
    #expect(plan.code == 4)
    #expect(
      try place.text("outputs") == "has_changes=true\nremovals=1\nclears=0\nblocked=1\n"
        + "guards_loosened=false\nstate_edited=false\ntoken=\n")
  }

  @Test func `a full step summary is left unchanged`() throws {
    let place = try place()
    try place.write("summary.md", String(repeating: "x", count: 900 << 10))
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": place.path("summary.md")]
    let plan = try place.imprune("plan", environment: environment)
    #expect(plan.code == 0)
    #expect(plan.error.contains("the GitHub step summary is full"))
    #expect(try place.bytes("summary.md").count == 900 << 10)
  }

  @Test func `problems are annotated with their path in the repository`() throws {
    let place = try place("  - {id: a, acount: absent}")
    try place.makeFolder("sub")
    try place.write("sub/m.yaml", try place.text("imprune.yaml"))
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": place.folder]
    for command in ["validate", "plan", "apply"] {
      let text = try step("\(command) m.yaml", place, environment, in: "sub")
      #expect(text.contains("::error file=sub/m.yaml,line=11,col=13,title=Unknown key::"))
      #expect(text.contains("m.yaml:11:13: error: Unknown key"))
    }
    #expect(!(try step("plan --format text", place, environment)).contains("::error "))
    #expect(try step("plan --format github", place, [:]).contains("::error file=imprune.yaml,"))
  }

  @Test func `several manifests share the annotation limit of a step`() throws {
    let users = Array(repeating: "  - {id: \"\", account: absent}", count: 7)
    let place = try place(users.joined(separator: "\n"))
    let text = try step("validate imprune.yaml imprune.yaml", place, ["GITHUB_ACTIONS": "true"])
    let errors = lines(text).compactMap(command).filter { $0.name == "error" }
    #expect(errors.count == 10)
    #expect(errors.last?.message.hasPrefix("5 more errors;") == true)
  }

  @Test func `the reasons of a refusal are annotated, users with their locations`() throws {
    let place = try place("  - {ids: [a, administrator], account: absent}")
    for words in ["plan --max-removals 0", "plan --format github --max-removals 0", "validate"] {
      let errors = lines(try step(words, place, ["GITHUB_ACTIONS": "true"])).compactMap(command)
      let isPlan = words != "validate"
      #expect(errors.count == (isPlan ? 2 : 1))
      #expect(
        errors.last?.message
          == "administrator: imprune never changes `administrator`. Remove the user from the "
          + "manifest.")
      #expect(
        errors.last?.properties == [
          "file": "imprune.yaml", "line": "11", "col": "15", "title": "Protected user",
        ])
      if isPlan { #expect(errors.first?.properties["title"] == "Plan refused") }
    }
  }

  @Test func `a manifest with errors shows them in the summary and the comment`() throws {
    let place = try place("  - {id: a, acount: absent}\n  - {id: b}")
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": place.path("summary.md")]
    try place.write("summary.md", "")
    // The manifest may name any other file as a list, under any name.
    try place.write("comment.md", "old")
    let refused = try place.imprune("plan", "--markdown-out", "comment.md")
    #expect(try refused.code == 64 && place.text("comment.md") == "old")
    try place.write("comment.md", "<!-- imprune-plan 1 -->\nold")
    let result = try place.imprune("plan", "--markdown-out", "comment.md", environment: environment)
    #expect(result.code == 1)
    let comment = try place.text("comment.md")
    try Golden.expect("plan-markdown-with-errors", comment)
    #expect(try place.text("summary.md") == comment)
    // No input of the plan is overwritten, with or without errors.
    let lost = try place.imprune("plan", "--markdown-out", "imprune.yaml")
    #expect(lost.code == 64)
    #expect(try place.text("imprune.yaml").contains("acount"))
  }

  @Test func `an id or name that looks like a runner command is not executed`() throws {
    let place = try place(
      "  - {ids: [\"::error::x\", \"##[error]y\"], account: absent}\n"
        + "  - {ids_from: \"::error::.txt\", account: absent}")
    try place.write("::error::.txt", " blank\n")
    let job = ["GITHUB_ACTIONS": "true"]
    let commands = lines(try step("validate", place, job)).filter(isObeyed)
    #expect(commands.allSatisfy { command($0)?.properties["file"] != nil }, "\(commands)")
    try place.write("::error::.txt", "fine\n")
    #expect(try step("plan", place, job).contains("## [error]y"))
    #expect(lines(try step("plan --format json", place, job)).allSatisfy { !isObeyed($0) })
    #expect(lines(try step("plan --format markdown", place, job)).allSatisfy { !isObeyed($0) })
    try place.write(
      "imprune.state",
      StateFixture(records: [
        "::error::x\tremove-account\t1\tremoved\t2026-01-02T03:04:05Z\t0123456789ab\t-\t-\t-\t-"
      ]).text)
    #expect(try step("state list", place, job).hasPrefix(": :error"))
    #expect(try step("state list", place, [:]).hasPrefix("::error::x\t"))
  }
}
