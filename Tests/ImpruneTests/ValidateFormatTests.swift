import Bytes
import Foundation
import TestSupport
import Testing

@testable import PruneCore
@testable import imprune

/// What `validate` writes for other programs. `.ci/check-formats` checks the golden files against the
/// published schemas.
@Suite struct ValidateFormatTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  private static let formats: [ValidateFormat] = [.json, .sarif, .gitlab]

  private func validate(
    _ format: ValidateFormat, _ manifests: [String], _ environment: [String: String] = [:]
  ) throws -> ProcessResult {
    let process = try ChildProcess(
      Built.imprune, ["validate", "--format", format.rawValue] + manifests, in: place.folder,
      environment: environment)
    return place.end(process)
  }

  private func document(
    _ format: ValidateFormat, _ manifests: String..., environment: [String: String] = [:]
  ) throws -> JSONValue {
    try JSONValue(Array(validate(format, manifests, environment).out.utf8))
  }

  /// Each kind of problem: of the text, of lists, of guards, of files; with and without a fix.
  private func writeProblems() throws {
    try place.write("lists/leavers.txt", "one\n\u{200B}two\n three\n[x](http://evil) {0}\n")
    try place.write(
      "wrong.yaml",
      """
      version: 1
      app:
        sdk_app_id: 14e8
        region: singapor
        edition: trial
      guard: {}
      users:
        - id: 007
          account: absent
        - {id: "[x](http://evil) {0}", account: gone}
        - {id: tab, tags: []}
        - {id: tab, account: absent}
        - ids_from: lists/leavers.txt
          account: absent
        - ids_from: lists/none.txt
          account: absent

      """)
    try place.write(
      "refused.yaml",
      manifestText(
        admin: "caller", edition: "pro", enabled: "tag_push", guards: "{protected: [\"svc_*\"]}",
        expect: "{removals: 7, clears: 0}",
        users: """
            - {ids: [administrator, caller, "@RBT#1", svc_1, fine, fine], account: absent}
            - {id: c, tags: []}
          """))
  }

  private static let manifests = ["wrong.yaml", "refused.yaml", "none.yaml"]

  @Test(arguments: formats)
  func `every problem is in the document, and the text goes to standard error`(
    format: ValidateFormat
  ) throws {
    try writeProblems()
    let result = try validate(format, Self.manifests)
    #expect(result.code == 1)
    #expect(result.error.contains("error: Unknown key") && result.error.contains("Refused: "))
    try Golden.expect("validate-\(format.rawValue)", Golden.normal(result.out, place))
    for code in [
      "unknown-key", "invalid-value", "contradictory-entries", "ambiguous-id", "list-not-found",
      "invalid-id", "not-a-bare-id", "duplicate-entry", "protected", "administrator",
      "calling-admin", "reserved-prefix", "expect-removals", "expect-clears",
      "removals-need-edition", "tags-below-ultimate", "unreadable-manifest",
    ] {
      #expect(result.out.contains("\"\(code)\""), "\(code)")
    }
  }

  @Test func `the JSON fits its schema and agrees with the exit code`() throws {
    try writeProblems()
    let schema = try ProgramSchema("validate")
    for (manifests, code) in [(Self.manifests, 1), (["refused.yaml"], 4), (["good.yaml"], 0)] {
      try place.write("good.yaml", manifestText(users: "  - {id: a, account: absent}"))
      let result = try validate(.json, manifests)
      let json = try JSONValue(Array(result.out.utf8))
      #expect(try schema.problems(in: json) == [])
      #expect(result.code == Int32(code) && json["exit_code"]?.integer == code)
      let exits = json["manifests"]?.array?.compactMap { $0["exit_code"]?.integer } ?? []
      #expect(exits.count == manifests.count && exits.contains(code))
    }
    let text = try validate(.text, ["good.yaml"])
    #expect(text.out.hasPrefix("Valid.") && text.error == "")
    let json = try validate(.json, ["good.yaml"])
    #expect(json.error == text.out)
  }

  // MARK: - SARIF

  @Test func `every rule of the catalog has texts, and each result its rule`() throws {
    try writeProblems()
    let run = try #require(
      document(.sarif, "wrong.yaml", "refused.yaml", "none.yaml")["runs"]?.array?.first)
    let rules = try #require(run["tool"]?["driver"]?["rules"]?.array)
    #expect(rules.compactMap { $0["id"]?.string } == ProblemCode.ofManifests.map(\.rawValue))
    for rule in rules {
      for key in ["shortDescription", "fullDescription", "help"] {
        #expect(rule[key]?["text"]?.string?.isEmpty == false)
      }
    }
    let results = try #require(run["results"]?.array)
    #expect(results.count > 15)
    for result in results {
      let index = try #require(result["ruleIndex"]?.integer)
      #expect(rules[index]["id"]?.string == result["ruleId"]?.string)
    }
  }

  /// The files of a document, as it names them, without repetition.
  private func files(_ format: ValidateFormat, _ document: JSONValue) -> [String] {
    var files: [String] = []
    let names =
      format == .gitlab
      ? document.array?.compactMap { $0["location"]?["path"]?.string }
      : document["runs"]?.array?.first?["results"]?.array?.compactMap {
        $0["locations"]?.array?.first?["physicalLocation"]?["artifactLocation"]?["uri"]?.string
      }
    for name in names ?? [] where !files.contains(name) { files.append(name) }
    return files
  }

  @Test func `files are named from the top of the checkout on`() throws {
    try place.write("teams/a b:c.yaml", manifestText(users: "  - {id: a, acount: absent}"))
    try place.write("top.yaml", manifestText(users: "  - {id: a, acount: absent}"))
    let teams = place.folder + "/teams"
    func names(_ format: ValidateFormat, _ environment: [String: String]) throws -> [String] {
      let process = try ChildProcess(
        Built.imprune,
        [
          "validate", "--format", format.rawValue, "./a b:c.yaml", "../top.yaml",
          teams + "/a b:c.yaml",
        ], in: teams, environment: environment)
      return files(format, try JSONValue(Array(place.end(process).out.utf8)))
    }
    let checkout = ["GITHUB_WORKSPACE": place.folder]
    #expect(try names(.sarif, checkout) == ["teams/a%20b%3Ac.yaml", "top.yaml"])
    #expect(
      try names(.gitlab, ["CI_PROJECT_DIR": place.folder]) == ["teams/a b:c.yaml", "top.yaml"])
    #expect(try names(.sarif, [:]) == ["a%20b%3Ac.yaml", "../top.yaml"])
    #expect(try names(.sarif, ["CI_PROJECT_DIR": "/nowhere"]) == ["a%20b%3Ac.yaml", "../top.yaml"])
  }

  @Test func `a list behind a link to a folder is named by the file that was read`() throws {
    try place.write("deep/er/none", "")
    try place.link("sub", to: "deep/er")
    try place.write("deep/l.txt", "x\n yes \n")
    try place.write("l.txt", "x\nkeep\n")
    try place.write(
      "imprune.yaml", manifestText(users: "  - {ids_from: sub/../l.txt, account: absent}"))
    let result = try place.imprune("validate", "--format", "sarif")
    #expect(files(.sarif, try JSONValue(Array(result.out.utf8))) == ["deep/l.txt"], "\(result)")
    let none = try place.imprune("validate", ".", "--format", "sarif")
    #expect(files(.sarif, try JSONValue(Array(none.out.utf8))) == ["."], "\(none)")
  }

  @Test func `many problems of one kind hide no other kind`() throws {
    let ids = (0..<150).map { "'a b\($0)'" }.joined(separator: ", ")
    try place.write(
      "imprune.yaml",
      manifestText(
        guards: "{protected: [ops_bot]}",
        users: "  - {ids: [\(ids), ops_b0t], account: absent}\n"))
    for format in ["json", "sarif", "gitlab"] {
      let result = try place.imprune("validate", "--format", format)
      #expect(result.out.contains("near-protected"), "\(result)")
    }
    #expect(try place.imprune("validate").error.contains("near-protected"))
  }

  @Test func `a path is normalized by its parts`() {
    let inside = Repository(top: "/r", here: "/r/a")
    for (file, path) in [
      ("f", "a/f"), ("./f", "a/f"), ("../f", "f"), ("b//../f", "a/f"), ("../../f", "../../f"),
      ("/r/f", "f"), ("/r/a/../f", "f"), ("/rest/f", "/rest/f"), ("/../f", "/f"), ("..f", "a/..f"),
      ("/\u{301}f", "/\u{301}f"),
    ] {
      #expect(inside.path(of: file) == path, "\(file)")
    }
    #expect(inside.uri(of: "/x/é ?#%") == "file:///x/%C3%A9%20%3F%23%25")
    // A checkout elsewhere says nothing about these files.
    #expect(Repository(top: "/other", here: "/r").path(of: "f") == "f")
    #expect(Repository(top: "/r", here: "/rest").path(of: "f") == "f")
  }

  // MARK: - Hostile and many

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `hostile names and texts stay text`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let parts = NastyText.visible + NastyText.hidden + ["](", "](\u{301}", "{0}", "}", "[", "/../"]
    func text() -> String { NastyText.make(&random, from: parts, bytes: 60) }
    let reading = readManifest(
      Array(
        """
        version: 1
        app: {sdk_app_id: 1, region: \(yamlQuoted(text())), edition: trial}
        \(yamlQuoted(text())): 1
        users:
          - {ids: [\(yamlQuoted(text())), \(text())], account: absent}
          - {ids_from: \(yamlQuoted(text())), account: absent}
        """.utf8), name: text() + "x")
    let validations = [Validation(reading, path: reading.files[0])]
    let repository = Repository(top: nil, here: "/r")
    let problems = LocatedProblem.all(validations, repository) { numbers, _, _ in
      Dictionary(uniqueKeysWithValues: numbers.map { ($0, "line") })
    }
    #expect(!problems.isEmpty)
    #expect(Set(problems.map(\.fingerprint)).count == problems.count)
    let documents = [
      ValidationView.json(validations, .error),
      SARIFView.render(validations, problems, .error, repository),
      CodeQualityView.render(validations, problems, repository),
    ]
    for document in documents {
      _ = try JSONValue(document)
      #expect(document.allSatisfy { $0 == 0x0A || $0 >= 0x20 && $0 != 0x7F })
    }
    for located in problems {
      #expect(!located.text.unicodeScalars.contains { $0.isHidden }, "\(located.text)")
      let uri = repository.uri(of: located.problem.location.file)
      #expect(uri.utf8.allSatisfy { $0.isLetterOrDigit || "-._~/%:".utf8.contains($0) })
    }
    let sarif = try JSONValue(documents[1])["runs"]?.array?.first
    for result in sarif?["results"]?.array ?? [] {
      let message = Array((result["message"]?["text"]?.string ?? "").unicodeScalars)
      #expect(!message.indices.dropLast().contains { message[$0] == "]" && message[$0 + 1] == "(" })
      // Nothing is left to be replaced once doubled braces are read as one.
      #expect(
        String(String.UnicodeScalarView(message)).replacing("{{", with: "").replacing(
          "}}", with: ""
        )
        .unicodeScalars.allSatisfy { $0 != "{" && $0 != "}" })
    }
  }

  @Test func `the documents are bounded and say how much is left out`() throws {
    let ids = (1...300).map { "svc_\($0)" }.joined(separator: ", ")
    try place.write(
      "blocked.yaml",
      manifestText(guards: "{protected: [\"svc_*\"]}", users: "  - {ids: [\(ids)], tags: []}"))
    try place.write("list.txt", String(repeating: "a,b\n", count: 250))
    try place.write(
      "wrong.yaml", manifestText(users: "  - {ids_from: list.txt, account: absent}"))
    let json = try document(.json, "blocked.yaml", "wrong.yaml")
    #expect(
      json["counts"]?["refusals"]?.integer == 300 && json["counts"]?["errors"]?.integer == 250)
    let manifests = try #require(json["manifests"]?.array)
    #expect(manifests.map { $0["diagnostics"]?.array?.count } == [100, 100])
    #expect(manifests.map { $0["not_shown"]?.integer } == [200, 150])
    let run = try #require(document(.sarif, "blocked.yaml", "wrong.yaml")["runs"]?.array?.first)
    let notes = run["invocations"]?.array?.first?["toolExecutionNotifications"]?.array
    #expect(
      notes?.compactMap { $0["message"]?["text"]?.string }.map { $0.prefix(34) } == [
        "blocked.yaml has 200 more problems", "wrong.yaml has 150 more problems. ",
      ])
    let issues = try #require(document(.gitlab, "blocked.yaml", "wrong.yaml").array)
    #expect(issues.count == 202)
    #expect(issues.count { $0["check_name"]?.string == CodeQualityView.moreProblems } == 2)
    let fingerprints = issues.compactMap { $0["fingerprint"]?.string }
    #expect(Set(fingerprints).count == 202)
    #expect(!ProblemCode.allCases.map(\.rawValue).contains(CodeQualityView.moreProblems))
  }

  @Test func `a fingerprint stays when lines are added above`() throws {
    func fingerprints(_ text: String) throws -> [String?] {
      try place.write("imprune.yaml", text)
      return try document(.gitlab, "imprune.yaml").array?.map { $0["fingerprint"]?.string } ?? []
    }
    let text = manifestText(users: "  - {id: a, acount: absent}\n  - {id: 007, tags: []}")
    let before = try fingerprints(text)
    #expect(before.count >= 2)
    #expect(try fingerprints("# one\n# two\n" + text) == before)
  }
}
