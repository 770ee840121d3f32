import PruneCore
import TestSupport
import Testing

/// The schema of a manifest against its reader: the schema accepts what the reader accepts, both
/// refuse structural errors, and this file lists the rest.
@Suite struct ManifestSchemaTests {
  let schema: JSONSchema

  init() throws {
    schema = try JSONSchema(Array(ManifestSchema.text.utf8))
  }

  private func isAccepted(
    bySchema text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Bool {
    try schema.problems(in: JSONValue(yaml: Array(text.utf8))).isEmpty
  }

  private static let lists: [String: ListFixture] = [
    "f": .text("from_f\n"), "7": .text("x\n"), "csv": .text("id,\"2\"\nfrom_csv,also_from_csv\n"),
  ]

  private func isAccepted(byReader text: String) -> Bool {
    readManifest(text, lists: Self.lists).manifest != nil
  }

  // MARK: - Accepted by the reader

  @Test func `the manifests of the examples, the cases and the handbook are accepted`() throws {
    let blocks = try ["README.md", "docs/manifest.md"].flatMap { page in
      String(decoding: try Fixture.bytes("../../\(page)"), as: UTF8.self)
        .components(between: "\n```yaml\n", and: "\n```")
    }
    var folders = try Fixture.cases().map { ($0, "manifest.yaml") }
    for name in try Fixture.names(in: "../../examples") {
      folders.append(("../../examples/\(name)", "imprune.yaml"))
    }
    var count = 0
    for (folder, name) in folders {
      guard let bytes = try Fixture.bytesIfPresent("\(folder)/\(name)") else { continue }
      let text = String(decoding: bytes, as: UTF8.self).replacing("@PORT@", with: "8080")
      #expect(try isAccepted(bySchema: text), "\(folder)")
      count += 1
    }
    for block in blocks { #expect(try isAccepted(bySchema: block), "\(block)") }
    #expect(count >= 12 && blocks.count >= 2)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a valid manifest is accepted by both`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<100 {
      let text = ManifestText(&random).text
      let reading = readManifest(text, lists: Self.lists)
      try #require(reading.manifest != nil, "\(text)\n\(reading.diagnostics.kept)")
      let problems = try schema.problems(in: JSONValue(yaml: Array(text.utf8)))
      #expect(problems.isEmpty, "\(text)\n\(problems)")
    }
  }

  /// Scalars of every kind in every position: the schema accepts what the reader accepts.
  @Test func `the schema accepts every value that the reader accepts`() throws {
    let values = [
      "0", "1", "-1", "+1", "01", "1.0", "1e3", "0x1F", "0o17", "1_000", "12:30", "true", "yes",
      "on", "null", "~", "", "''", "'1'", "'x'", "x", "é", "2026-01-01", ".5", ".inf", ".nan",
      "4294967295", "4294967296", "1000000000", "1000000001", "99999999999999999999999999999999",
      "[]", "[x]", "{}", "f", "trial", "absent", "timpush", "tag_push", "china", "https://h",
      "http://[::1]:1", "|\n  block", "'\(String(repeating: "x", count: 200))'",
      "'\(String(repeating: "é", count: 16))'", "&anchor x", "[a, 7, '7']",
      "{path: csv, column: id}", "{path: 'csv', column: 1}", "{path: csv, column: '2'}",
    ]
    var accepted = 0
    for place in Self.places {
      for value in values {
        let text = place.text(value)
        guard isAccepted(byReader: text) else { continue }
        accepted += 1
        #expect(try isAccepted(bySchema: text), "\(text)")
      }
    }
    #expect(accepted > 100)
  }

  // MARK: - Structural errors

  /// A key of the manifest, and a manifest in which it has a value.
  struct Place: Sendable, CustomTestStringConvertible {
    let key: String
    let before: String
    let after: String
    /// Values of the wrong kind, word or range.
    let wrong: [String]

    func text(_ value: String) -> String { before + key + ": " + value + after }
    var testDescription: String { key }
  }

  private static let app = "app: {sdk_app_id: 1400000000, region: singapore, edition: trial}"
  private static let users = "users: [{id: a, account: absent}]"
  private static let notScalar = ["[]", "[x]", "{}", "{a: b}"]
  private static let notMapping = ["", "~", "x", "1", "true", "[]", "[x]"]
  private static let notList = ["", "~", "x", "1", "true", "{}", "{a: b}"]
  private static let notWhole =
    notScalar + ["", "~", "x", "true", "1.5", "-1", "'1'", "''", "1e99", "4294967296"]
  private static let notWord = notScalar + ["", "~", "1", "true", "Absent", "''", "other"]
  private static let notID =
    notScalar + [
      "", "~", "true", "1.5", "-1", ".inf", "''", "'\(String(repeating: "x", count: 33))'",
    ]

  private static func top(_ key: String, _ wrong: [String]) -> Place {
    let rest = [("version", "version: 1"), ("app", app), ("users", users)]
      .filter { $0.0 != key }.map { $0.1 + "\n" }.joined()
    return Place(key: key, before: rest, after: "\n", wrong: wrong)
  }

  private static func inApp(_ key: String, _ wrong: [String]) -> Place {
    let rest = [("sdk_app_id", "1"), ("region", "china"), ("edition", "trial")]
      .filter { $0.0 != key && ($0.0 != "region" || key != "endpoint") }
      .map { "  \($0.0): \($0.1)\n" }.joined()
    return Place(
      key: key, before: "version: 1\n\(users)\napp:\n\(rest)  ", after: "\n", wrong: wrong)
  }

  private static func inSection(_ section: String, _ key: String, _ wrong: [String]) -> Place {
    Place(
      key: key, before: "version: 1\n\(app)\n\(users)\n\(section):\n  ", after: "\n", wrong: wrong)
  }

  private static func inEntry(_ key: String, _ other: String, _ wrong: [String]) -> Place {
    Place(
      key: key, before: "version: 1\n\(app)\nusers:\n  - \(other)\n    ", after: "\n", wrong: wrong)
  }

  static let places: [Place] = [
    top("version", notScalar + ["", "~", "0", "2", "x", "true", "1.5", "'2'"]),
    top("app", notMapping), top("guards", notMapping), top("expect", notMapping),
    top("users", notList + ["[x]", "[1]", "[~]", "[[]]", "[[a]]", "[{}]"]),
    inApp("sdk_app_id", notWhole + ["0"]),
    inApp("region", notWord),
    inApp("endpoint", notWord + ["h", "ftp://h", "https://", "https://u@h"]),
    inApp("admin", notID), inApp("edition", notWord),
    inApp("enabled", notList + ["[x]", "[1]", "[~]", "[[]]", "[tag_push, x]"]),
    inApp("tags_api", notWord),
    inSection("guards", "max_removals", notWhole + ["1000000001"]),
    inSection("guards", "max_clears", notWhole + ["1000000001"]),
    inSection("guards", "max_new_removals", notWhole + ["1000000001"]),
    inSection(
      "guards", "max_absent",
      notScalar + ["", "~", "20", "101%", "-1%", "1.5%", "07%", "20 %", "x"]),
    inSection("guards", "protected", notList + notID.map { "[\($0.isEmpty ? "~" : $0)]" }),
    inSection("expect", "removals", notWhole + ["1000000001"]),
    inSection("expect", "clears", notWhole + ["1000000001"]),
    inEntry("id", "account: absent", notID),
    inEntry(
      "ids", "account: absent", notList + ["[]"] + notID.map { "[\($0.isEmpty ? "~" : $0)]" }),
    inEntry(
      "ids_from", "account: absent",
      notScalar + [
        "{path: f}", "{column: id}", "{path: f, column: id, x: 1}", "{path: [f], column: id}",
        "{path: f, column: 0}", "{path: f, column: -1}", "{path: f, column: 1.5}",
        "{path: f, column: ''}", "{path: f, column: [id]}", "{path: f, column: 100001}",
        "{path: f, column: true}", "{path: f, column: ~}",
      ]),
    inEntry("account", "id: a", notWord), inEntry("tags", "id: a", notList + ["[x]", "[1]"]),
    inEntry(
      "reason", "{id: a, account: absent}".dropBraces,
      notScalar + ["'\(String(repeating: "x", count: 201))'"]),
    inEntry("revision", "{id: a, account: absent}".dropBraces, notWhole + ["0"]),
  ]

  @Test(arguments: places)
  func `a wrong value is refused by both`(place: Place) throws {
    for value in place.wrong {
      let text = place.text(value)
      #expect(!isAccepted(byReader: text), "the reader takes \(text)")
      #expect(try !isAccepted(bySchema: text), "the schema takes \(text)")
    }
  }

  private static let whole = """
    version: 1
    app:
      sdk_app_id: 1
      region: china
      edition: trial
    guards: {max_clears: 7}
    expect: {clears: 0}
    users:
    - id: a
      account: absent

    """

  @Test(arguments: [
    // An unknown key at each level.
    ("version: 1", "version: 1\nversoin: 1"), ("  region", "  name: x\n  region"),
    ("{max_clears: 7}", "{max_clear: 7}"), ("{clears: 0}", "{clear: 0}"),
    ("  account", "  name: x\n  account"),
    // A missing key at each level.
    ("version: 1\n", ""), ("  sdk_app_id: 1\n", ""), ("  region: china\n", ""),
    ("  edition: trial\n", ""), ("\n  account: absent", ""), ("id: a\n ", ""),
    ("users:\n- id: a\n  account: absent\n", ""),
    // Two where one is allowed.
    ("  region: china", "  region: china\n  endpoint: https://h"),
    ("  account", "  tags: []\n  account"), ("  account", "  ids: [b]\n  account"),
    ("  account", "  ids_from: f\n  account"),
  ])
  func `a wrong key is refused by both`(old: String, new: String) throws {
    #expect(isAccepted(byReader: Self.whole))
    #expect(try isAccepted(bySchema: Self.whole))
    let text = Self.whole.replacing(old, with: new)
    #expect(text != Self.whole)
    #expect(!isAccepted(byReader: text), "\(text)")
    #expect(try !isAccepted(bySchema: text), "\(text)")
  }

  // MARK: - Refused only by the reader

  static let readerOnly: [(rule: String, text: String)] = [
    (
      "a number is spelt as a plain decimal",
      whole.replacing("sdk_app_id: 1", with: "sdk_app_id: +1")
    ),
    (
      "a number is spelt as a plain decimal",
      whole.replacing("max_clears: 7", with: "max_clears: 7.0")
    ),
    (
      "the version is spelt as a plain decimal", whole.replacing("version: 1", with: "version: 1.0")
    ),
    (
      "the host and port of an endpoint",
      whole.replacing("region: china", with: "endpoint: https://h:0")
    ),
    (
      "plain http is for this machine", whole.replacing("region: china", with: "endpoint: http://h")
    ),
    (
      "an id has at most 32 bytes",
      whole.replacing("id: a", with: "id: '\(String(repeating: "é", count: 17))'")
    ),
    (
      "an id that a YAML 1.1 reader takes for something else is quoted",
      whole.replacing("id: a", with: "id: yes")
    ),
    ("an id that is a number is a plain decimal", whole.replacing("id: a", with: "id: 007")),
    ("an id has no blanks around it", whole.replacing("id: a", with: "id: ' a'")),
    ("an id has no hidden characters", whole.replacing("id: a", with: "id: \"a\\u200Bb\"")),
    ("an id has no anchor", whole.replacing("id: a", with: "id: &a a")),
    (
      "a protected id is spelt like an id",
      whole.replacing("max_clears: 7", with: "protected: [on]")
    ),
    (
      "a protected entry has no comma",
      whole.replacing("max_clears: 7", with: "protected: ['a, b']")
    ),
    ("an id stands on one line", whole.replacing("id: a", with: "id: a\n    b")),
    ("an id with a blank is quoted", whole.replacing("id: a", with: "id: a b")),
    ("a list is no CSV file", whole.replacing("id: a", with: "ids_from: csv")),
    (
      "a column is there", whole.replacing("id: a", with: "ids_from: {path: csv, column: name}")
    ),
    (
      "a reason has at most 200 bytes",
      whole + "  reason: '\(String(repeating: "é", count: 101))'\n"
    ),
    ("a reason has no hidden characters", whole + "  reason: \"a\\u202Eb\"\n"),
    ("a list is there", whole.replacing("id: a", with: "ids_from: nowhere")),
    (
      "a list's path has no hidden characters",
      whole.replacing("id: a", with: "ids_from: \"f\\u200B\"")
    ),
    ("a user is removed and cleared", whole + "- id: a\n  tags: []\n"),
    ("a user has two revisions", whole + "- id: a\n  account: absent\n  revision: 2\n"),
  ]

  @Test(arguments: readerOnly)
  func `only the reader enforces these rules`(rule: String, text: String) throws {
    #expect(!isAccepted(byReader: text), "\(rule): \(text)")
    #expect(try isAccepted(bySchema: text), "\(rule): \(text)")
  }

  /// These are errors before there is a value to check against a schema.
  @Test(arguments: [
    "version: 1\nversion: 1\n", "a: &x 1\nb: *x\n", "version: !!int 1\n", "a: 1\n---\nb: 2\n",
    "a: [\n",
  ])
  func `repeated keys, aliases, tags and second documents are invalid YAML values`(text: String) {
    #expect(!isAccepted(byReader: text))
    #expect(throws: (any Error).self) { try JSONValue(yaml: Array(text.utf8)) }
  }

  @Test func `plain scalars follow the core schema`() throws {
    let text = """
      on: [yes, off, y, 1_000, 12:30, 2026-01-01, 0b1, "1", 'true', ~, null, "", true, FALSE,
        -1, +2, 007, 0o17, 0x1F, 1.5, .5, 1., 1e3, =, <<]
      """
    #expect(
      try JSONValue(yaml: Array(text.utf8))
        == .object([
          "on": .array(
            ["yes", "off", "y", "1_000", "12:30", "2026-01-01", "0b1", "1", "true"].map {
              .string($0)
            } + [.null, .null, .string(""), .bool(true), .bool(false)]
              + [-1, 2, 7, 15, 31, 1.5, 0.5, 1, 1000].map { .number($0) } + [
                .string("="), .string("<<"),
              ])
        ]))
  }
}

extension String {
  fileprivate func components(between start: String, and end: String) -> [String] {
    self.split(separator: start, omittingEmptySubsequences: false).dropFirst().map {
      String($0.split(separator: end, omittingEmptySubsequences: false)[0])
    }
  }

  /// `{id: a, account: absent}` as the first lines of a block.
  fileprivate var dropBraces: String {
    dropFirst().dropLast().split(separator: ", ").joined(separator: "\n    ")
  }
}
