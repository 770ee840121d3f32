import PruneCore
import TestSupport
import Testing

/// Signs of a mistake in a list, and of an unresolved merge in a manifest.
@Suite struct ListRuleTests {
  private static let text = manifest(users: "{ids_from: f, account: absent}")

  // MARK: - CSV and quotes

  @Test(arguments: [
    ("\"user_1\"", "U+0022"), ("user_a,", "contains `,`"), ("user_a;", "contains `;`"),
    ("'0042", "U+0027"), ("'0042'", "U+0027"), ("user_a,Anna,2026-01-01", "contains `,`"),
    ("user_a;Anna", "contains `;`"), ("user_a\tAnna", "a tab"), ("a\"b", "U+0022"),
    ("\u{201C}user_1\u{201D}", "U+201C"), ("`user_1`", "U+0060"),
    ("user_a\u{FF0C}", "contains `\u{FF0C}`"),
    ("user_a,Anna Amanda Miller,2026-01-01,contract ended", "contains `,`"),
    ("1,58E+18", "contains `,`"),
  ])
  func `a line that is not a bare id is an error`(line: String, detail: String) throws {
    expectProblems(
      Self.text, lists: ["f": "a\n1️⃣\(line)\nb\n"], .error("1️⃣", "Not a bare id", detail))
    expectProblems(
      Self.text, lists: ["f": "1️⃣\(line)\r\n"],
      .error(
        "1️⃣", "Not a bare id", "A list has one id per line, without quotes."))
  }

  @Test(arguments: ["- user_1", "* user_1", "user_1 user_2", "1. user_1", "| user_1 |", "Anna Lee"])
  func `a line with a blank is an error`(line: String) {
    expectProblems(
      Self.text, lists: ["f": "a\n1️⃣\(line)\nb\n"],
      .error("1️⃣", "Not a bare id", "move the id to the manifest and quote it"))
    let reading = readManifest(
      manifest(users: "{ids_from: {path: f, column: id}, account: absent}"),
      lists: ["f": .text("id,note\n\(line),x\n")])
    #expect(reading.diagnostics.kept.map(\.summary) == ["Not a bare id"])
  }

  @Test(arguments: [
    "NULL", "null", "None", "NaN", "TRUE", "False", "---", "...", "undefined",
  ])
  func `a placeholder word is a warning`(word: String) throws {
    for list in ["a\n\(word)\n", "\(word)\na\n"] {
      let reading = readManifest(Self.text, lists: ["f": .text(list)])
      #expect(try #require(reading.manifest).entries.list.count == 2)
      #expect(reading.diagnostics.kept.map(\.code).contains(.placeholder), "\(list)")
    }
    let plain = readManifest(Self.text, lists: ["f": .text("a\nnull_1\nnancy\ntruely\n")])
    #expect(plain.diagnostics.kept == [])
  }

  @Test func `a long CSV line has its own message`() {
    expectProblems(
      Self.text, lists: ["f": "1️⃣user_a,\(String(repeating: "x", count: 300))\n"],
      .error("1️⃣", "Not a bare id", "{path: FILE, column: NAME}"))
  }

  @Test(arguments: ["o'neil", "a b", "a/b", "12,5", "\"a\"", "'a", "a;b"])
  func `an id with such a character can be quoted in the manifest`(id: String) throws {
    let quoted = "'" + id.replacing("'", with: "''") + "'"
    let manifest = try expectManifest(manifest(users: "{id: \(quoted), account: absent}"))
    #expect(manifest.entries.list.map(\.id.description) == [id])
  }

  // MARK: - Merges

  static let markers = [
    "<<<<<<< HEAD", "=======", ">>>>>>> theirs", "||||||| base", "<<<<<<<<<<", "=======x",
  ]

  @Test(arguments: markers)
  func `a line of an unresolved merge is an error in a list`(marker: String) {
    for end in ["\n", "\r\n"] {
      for chunkSize in [1 << 16, 3, 1] {
        expectProblems(
          Self.text, lists: ["f": "a\(end)1️⃣\(marker)\(end)b"], chunkSize: chunkSize,
          .error("1️⃣", "Unresolved merge", "as git marks a conflict"))
      }
    }
    expectProblems(
      Self.text, lists: ["f": "1️⃣\(marker)\(String(repeating: "x", count: 200))"],
      .error("1️⃣", "Unresolved merge", ""))
    let reading = readManifest(
      manifest(users: "{ids_from: {path: f, column: id}, account: absent}"),
      lists: ["f": .text("id,note\na,\"x\n\(marker)\ny\"\nb,1\n")])
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.kept.first?.summary == "Unresolved merge")
    #expect(reading.diagnostics.kept.first?.place == Place(file: 1, line: 3, column: 1))
  }

  @Test func `six characters, mixed characters and indented ones are not conflict markers`() throws
  {
    let manifest = try expectManifest(
      Self.text, lists: ["f": .text("======\n===<===\n<<<<<<\na=======\n#=======\n")])
    #expect(manifest.entries.list.count == 4)
  }

  @Test(arguments: [1 << 16, 7, 1])
  func `each conflict marker in a manifest is an error, even where YAML parsing stops`(
    chunkSize: Int
  ) {
    expectProblems(
      head + """
        users:
        1️⃣<<<<<<< HEAD
          - {id: a, account: absent}
        2️⃣=======
          - {id: b, account: absent}
        3️⃣>>>>>>> theirs

        """, chunkSize: chunkSize,
      .error("1️⃣", "Unresolved merge", "Resolve the merge"), .error("2️⃣", "Unresolved merge", ""),
      .error("3️⃣", "Unresolved merge", ""))
  }

  @Test(arguments: [
    "users:\n  - account: absent\n    ids: [a,\n1️⃣=======\n      ,b]\n",
    "users:\n  - account: absent\n    ids: [a]\n    reason: 'x\n1️⃣>>>>>>> theirs\n      '\n",
    "users:\n  - account: absent\n    ids: [a]\n    reason: |\n      x\n...\n1️⃣=======\n",
  ])
  func `a conflict marker is an error inside YAML content and after its end`(
    text: String
  ) {
    let marked = MarkedText(head + text)
    for chunkSize in [1 << 16, 1] {
      let reading = readManifest(marked.text, chunkSize: chunkSize)
      #expect(reading.manifest == nil)
      let problem = reading.diagnostics.kept.first { $0.summary == "Unresolved merge" }
      #expect(problem?.place.line == marked.places["1️⃣"]?.line && problem?.place.column == 1)
    }
  }

  @Test func `a YAML error before the first conflict marker is reported too`() {
    expectProblems(
      "version: 1\napp: {sdk_app_id: 11️⃣: 3}\n2️⃣=======\n",
      .error("1️⃣", "Invalid YAML", ""), .error("2️⃣", "Unresolved merge", ""))
  }

  @Test func `lines of such characters in comments are not conflict markers`() throws {
    _ = try expectManifest(
      "# =======\n#=======\n" + head + "# <<<<<<< x\nusers: []\n  # <<<<<<<\n")
  }

  @Test func `a byte order mark does not hide a conflict marker`() {
    for chunkSize in [1 << 16, 1] {
      let reading = readManifest(
        "\u{FEFF}<<<<<<< HEAD\n" + head + "users: []\n", chunkSize: chunkSize)
      let problem = reading.diagnostics.kept.first { $0.summary == "Unresolved merge" }
      #expect(problem?.place == Place(line: 1, column: 1))
    }
  }

  // MARK: - Encodings

  private static func encoded(_ text: String) -> [(name: String, bytes: [UInt8])] {
    let units16 = Array(text.utf16)
    let units32 = text.unicodeScalars.map(\.value)
    let little16 = units16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big16 = units16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let little32 = units32.flatMap { unit in (0..<4).map { UInt8(unit >> UInt32(8 * $0) & 0xFF) } }
    let big32 = units32.flatMap { unit in (0..<4).map { UInt8(unit >> UInt32(24 - 8 * $0) & 0xFF) }
    }
    return [
      ("UTF-16LE", [0xFF, 0xFE] + little16), ("UTF-16BE", [0xFE, 0xFF] + big16),
      ("UTF-32LE", [0xFF, 0xFE, 0, 0] + little32), ("UTF-32BE", [0, 0, 0xFE, 0xFF] + big32),
      ("UTF-16LE", little16), ("UTF-16BE", big16), ("UTF-32LE", little32), ("UTF-32BE", big32),
    ]
  }

  @Test(arguments: [1 << 16, 1])
  func `a list in another encoding is one error that names it`(chunkSize: Int) {
    let lines = (1...1001).map { "user_\($0)\r\n" }.joined()
    for users in ["{ids_from: f, account: absent}", "{ids_from: {path: f, column: 1}, tags: []}"] {
      for (name, bytes) in Self.encoded(lines) {
        let reading = readManifest(
          Array(manifest(users: users).utf8), lists: ["f": .bytes(bytes)], chunkSize: chunkSize)
        #expect(reading.diagnostics.errors == 1 && reading.diagnostics.warnings == 0)
        #expect(reading.diagnostics.kept.first?.summary == "Invalid text")
        #expect(reading.diagnostics.kept.first?.place == Place(file: 1, line: 1, column: 1))
        #expect(
          reading.diagnostics.kept.first?.detail.hasPrefix("The file is \(name), as ") == true)
      }
    }
  }

  @Test(arguments: [1 << 16, 1])
  func `a manifest in another encoding is one error that names it`(chunkSize: Int) {
    for (name, bytes) in Self.encoded(manifest(users: "{id: a, account: absent}")) {
      let reading = readManifest(bytes, chunkSize: chunkSize)
      #expect(reading.diagnostics.errors == 1 && reading.manifest == nil)
      let detail = reading.diagnostics.kept.first?.detail
      #expect(detail?.hasPrefix("The file is \(name), as ") == true, "\(detail ?? "")")
      #expect(detail?.contains("Save the file as UTF-8") == true)
    }
  }

  @Test func `UTF-16 without ASCII at the start is recognized by its line breaks`() {
    // U+4E00 has a zero where ASCII has its letter.
    let text = "\u{4E00}\n" + (1...40).map { "\u{7528}\u{6237}\u{5B50}\($0)\n" }.joined()
    let bytes = Array(text.utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let reading = readManifest(Array(Self.text.utf8), lists: ["f": .bytes(bytes)])
    #expect(reading.diagnostics.kept.map(\.summary) == ["Invalid text"])
  }

  // MARK: - Warnings

  private func codes(_ list: String, _ users: String = "{ids_from: f, account: absent}") -> [String]
  {
    let reading = readManifest(manifest(users: users), lists: ["f": .text(list)])
    #expect(reading.manifest != nil, "\(reading.diagnostics.kept)")
    return reading.diagnostics.kept.map { "\($0.code.rawValue) \($0.place.line)" }
  }

  @Test(arguments: [
    "1.58E+18", "1.58292E+18", "1E+05", "1e-5", "+1.5e3", "-1.0", "12.0", "12.000", "0.0",
  ])
  func `an id mangled by a spreadsheet is a warning`(id: String) {
    #expect(codes("a\n\(id)\nb\n") == ["number-like 2"])
  }

  @Test(arguments: [
    "12", "007", "1e5", "12e4", "1.5", "1.2.0", "1.", ".0", "v1.0", "1.0a", "1.5e", "E+5", "+49151",
    "-5", "1.58E+", "1.5E+1.0",
  ])
  func `other numeric ids are not a warning`(id: String) {
    #expect(codes("a\n\(id)\nb\n") == [])
  }

  @Test(arguments: [
    "UserID", "user_id", "id", "ID", "Account", "accounts", "USERNAME", "player_id", "用户ID",
    "CustomerID", "memberId", "To_Account", "Identifier", "e-mail",
  ])
  func `a first line that looks like a header is a warning`(word: String) {
    #expect(
      codes("# exported\n\n\(word)\na\n").filter { $0.hasPrefix("header") } == ["header-like 3"])
    // Further down it is an id.
    #expect(codes("a\n\(word)\n").filter { $0.hasPrefix("header") } == [])
  }

  @Test(arguments: ["david", "DAVID", "sid", "user_1", "userx", "account_7", "anna", "rapid"])
  func `any other first line is not a warning`(word: String) {
    #expect(codes("\(word)\na\n") == [])
  }

  @Test func `the warnings say what to do`() {
    expectProblems(
      Self.text, lists: ["f": "1️⃣UserID\n2️⃣1.58E+18\n"],
      .warning("1️⃣", "Id looks like a header", "If it is a column name, remove the line."),
      .warning("2️⃣", "Id looks like a damaged number", "Export the ids as text."))
  }
}
