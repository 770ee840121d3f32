import PruneCore
import TestSupport
import Testing

/// Ids from one column of a CSV file (RFC 4180).
@Suite struct CSVTests {
  private static func text(_ column: String) -> String {
    manifest(users: "{ids_from: {path: users.csv, column: \(column)}, account: absent}")
  }

  /// The ids of a column, each with its line, in the order of the file.
  private func read(
    _ csv: String, _ column: String = "id", chunkSize: Int = 1 << 16,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let reading = readManifest(
      Self.text(column), lists: ["users.csv": .text(csv)], chunkSize: chunkSize)
    let manifest = try #require(
      reading.manifest, "\(reading.diagnostics.kept)", sourceLocation: sourceLocation)
    #expect(manifest.files == ["imprune.yaml", "users.csv"], sourceLocation: sourceLocation)
    return manifest.entries.list.map { ($0.line, "\($0.line) \($0.id)") }.sorted { $0.0 < $1.0 }
      .map(\.1)
  }

  private func expect(
    _ csv: String, _ column: String = "id", _ expected: Expected...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for chunkSize in [1 << 16, 3, 1] {
      let marked = MarkedText(csv)
      let reading = readManifest(
        Self.text(column), lists: ["users.csv": .text(marked.text)], chunkSize: chunkSize)
      let found = reading.diagnostics.kept.map {
        Found(
          severity: $0.severity, place: "\($0.place)",
          marker: $0.place.file == 1
            ? marked.marker(line: $0.place.line, column: $0.place.column) : nil,
          summary: $0.summary, detail: $0.detail, related: nil)
      }
      #expect(
        found.count == expected.count && zip(expected, found).allSatisfy { $0.fits($1) },
        "found: \(found.map(\.description).joined(separator: "\n"))", sourceLocation: sourceLocation
      )
    }
  }

  static let chunkSizes = [1 << 16, 5, 2, 1]

  // MARK: - What is read

  @Test(arguments: chunkSizes)
  func `the first line names the columns`(chunkSize: Int) throws {
    for end in ["\n", "\r\n"] {
      let csv = ["name,id,since", "Anna,a,2026-01-01", "Bob,b,", ",c,x"].joined(separator: end)
      for csv in [csv, csv + end, "\u{FEFF}" + csv, csv + end + end] {
        #expect(try read(csv, chunkSize: chunkSize) == ["2 a", "3 b", "4 c"])
        #expect(try read(csv, "\"id\"", chunkSize: chunkSize) == ["2 a", "3 b", "4 c"])
      }
    }
    #expect(try read("id\na\n\nb\n", chunkSize: chunkSize) == ["2 a", "4 b"])
    #expect(try read("\n\nid,x\na,1\n", chunkSize: chunkSize) == ["4 a"])
  }

  @Test(arguments: chunkSizes)
  func `a column number counts from 1 and means no header line`(chunkSize: Int) throws {
    #expect(try read("a,1\nb,2\n", "1", chunkSize: chunkSize) == ["1 a", "2 b"])
    #expect(try read("a,x1\nb,x2", "2", chunkSize: chunkSize) == ["1 x1", "2 x2"])
    #expect(try read("a\r\nb\r\n", "1", chunkSize: chunkSize) == ["1 a", "2 b"])
    // In quotes a number is a name.
    #expect(try read("a,1\nb,2\n", "'1'", chunkSize: chunkSize) == ["2 2"])
  }

  @Test(arguments: chunkSizes)
  func `a quoted field may contain commas, quotes and line breaks`(chunkSize: Int) throws {
    let csv = #"""
      id,"note, long",x
      "a","one, two",1
      b,"she said ""go""",2
      c,"line one
      line two

      d,not a row",3
      "e",,""
      """#
    #expect(try read(csv, chunkSize: chunkSize) == ["2 a", "3 b", "4 c", "8 e"])
    #expect(
      try read(csv.replacing("\n", with: "\r\n"), chunkSize: chunkSize)
        == ["2 a", "3 b", "4 c", "8 e"])
    // The position is the id's, not the record's.
    #expect(try read("note,id\n\"x\ny\",a\n", chunkSize: chunkSize) == ["3 a"])
    #expect(try read("\"note, long\",id\nx,a\n", chunkSize: chunkSize) == ["2 a"])
    #expect(try read("id,x\na,1\n", "\"x\"", chunkSize: chunkSize) == ["2 1"])
    #expect(try read("\"a \"\"b\"\"\",id\nx1,y1\n", "'a \"b\"'", chunkSize: chunkSize) == ["2 x1"])
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `every well-formed CSV text round-trips`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func field(_ text: String) -> String {
      let isNeeded = text.contains { ",\"\n\r".contains($0) } || text.contains("\r\n")
      return isNeeded || random.oneIn(3)
        ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    let width = 1 + random.below(5)
    let place = random.below(width)
    let end = random.pick(["\n", "\r\n"])
    var csv = (0..<width).map { field($0 == place ? "id" : "c\($0)") }.joined(separator: ",") + end
    var line = 2
    var expected: [String] = []
    for row in 0..<100 {
      var fields: [String] = []
      for column in 0..<width {
        if column == place {
          expected.append("\(line) u\(row)")
          fields.append(field("u\(row)"))
        } else {
          let text = (0..<random.below(6)).map { _ in
            random.pick(["x", ",", "\"", "\n", "é", " ", "\r\n", "'", "#"])
          }.joined()
          fields.append(field(text))
          line += text.unicodeScalars.count { $0 == "\n" }
        }
      }
      if width == 1, fields[0].isEmpty { continue }
      csv += fields.joined(separator: ",") + end
      line += 1
    }
    for chunkSize in [1, 1 + random.below(9), 1 << 16] {
      #expect(try read(csv, chunkSize: chunkSize) == expected, "\(csv)")
    }
  }

  @Test func `reason, revision and goal come from the entry`() throws {
    let manifest = try expectManifest(
      manifest(
        users:
          "{reason: left, ids_from: {column: id, path: users.csv}, account: absent, revision: 3}",
        "{id: z, tags: []}"),
      lists: ["users.csv": .text("id\na\nb\n")])
    #expect(manifest.count(of: .removeAccount) == 2)
    let entries = manifest.entries
    let id = try #require(UserID("b"))
    let entry = try #require(manifest.entry(of: id))
    #expect(entries.reason(of: entry) == "left" && entries.revision(of: entry).number == 3)
    #expect(entries.place(of: entry) == Place(file: 1, line: 3, column: 1))
  }

  // MARK: - What is refused

  @Test func `a missing column is an error that lists the existing ones`() {
    expect(
      "1️⃣name,user_id\nAnna,a\n", "id",
      .error("1️⃣", "Missing column", "has no column `id`; it has `name`, `user_id`."))
    expect("1️⃣ID\na\n", "id", .error("1️⃣", "Missing column", "it has `ID`."))
    expect("1️⃣id ,x\na,b\n", "id", .error("1️⃣", "Missing column", "it has `id `, `x`."))
    expect(
      "1️⃣name;id\nAnna;a\n", "id",
      .error("1️⃣", "Missing column", "Fields must be separated by commas."))
    expect(
      "1️⃣a,b\nc,d\n", "3", .error("1️⃣", "Missing column", "no column 3; the first line has 2 fields"))
    let many = (1...300).map { "c\($0)" }.joined(separator: ",")
    expect("1️⃣\(many)\n", "id", .error("1️⃣", "Missing column", "`c10` and 290 more"))
  }

  @Test func `a repeated column name is an error at the second, if it is the requested one`()
    throws
  {
    expect(
      "id,x,1️⃣id\na,b,c\n", "id",
      .error("1️⃣", "Duplicate column", "has the column `id` more than once"))
    #expect(try read("x,id,x\na,b,c\n") == ["2 b"])
  }

  @Test func `a row with fewer or more fields is an error at its line`() {
    expect(
      "id,x\na,1\n1️⃣b\nc,2\n2️⃣d,3,\n3️⃣\"e,4\"\n", "id",
      .error("1️⃣", "Wrong number of fields", "The row has 1 field, but the first line has 2."),
      .error("2️⃣", "Wrong number of fields", "has 3 fields"),
      .error("3️⃣", "Wrong number of fields", "Quote a field that contains a comma"))
    expect("a,1\n1️⃣b\n", "1", .error("1️⃣", "Wrong number of fields", ""))
    expect("a\n1️⃣b,1\n", "1", .error("1️⃣", "Wrong number of fields", ""))
  }

  @Test func `an unclosed quote is an error where it opens`() {
    expect(
      "id,x\na,1\nb,1️⃣\"2\nc,3\nd,4", "id", .error("1️⃣", "Open quote", "before the end of the file"))
    expect("id,x\na,1️⃣\"2\"\"\nb,3\n", "id", .error("1️⃣", "Open quote", ""))
    expect("1️⃣\"id,x\na,1\n", "id", .error("1️⃣", "Open quote", ""))
    expect("1️⃣\"", "1", .error("1️⃣", "Open quote", ""))
  }

  @Test func `text after a closing quote and a quote in a bare field are errors at their position`()
  {
    expect(
      "id,x\na,\"1\"1️⃣ \n\"b\"2️⃣c,2\nd,3\ne,4 3️⃣\"5\"\n", "id",
      .error("1️⃣", "Text after a closing quote", "must be followed by a comma"),
      .error("2️⃣", "Text after a closing quote", ""),
      .error("3️⃣", "Quote inside a field", "Quote the whole field"))
    expect("é 1️⃣\"id\",x\na,b\n", "id", .error("1️⃣", "Quote inside a field", ""))
  }

  @Test func `a CR without an LF is an error outside quotes`() throws {
    expect("id,x\na,11️⃣\rb,2\n", "id", .error("1️⃣", "Invalid line break", "CRLF"))
    expect("a,x1️⃣\rb,y\rc,z\r", "1", .error("1️⃣", "Invalid line break", ""))
    expect("id,x\n\"a\",21️⃣\r3\n", "id", .error("1️⃣", "Invalid line break", ""))
    #expect(try read("id,x\na,\"1\r2\"\n") == ["2 a"])
  }

  @Test(arguments: ["\u{202E}", "\u{2066}", "\u{200F}", "\u{61C}"])
  func `a character that changes the text direction is an error in every column`(control: String) {
    expect(
      "name,id\n\u{5D0}1️⃣\(control)x,321_resu\n", "id",
      .error("1️⃣", "Hidden character", "a reviewer may see another id"))
    expect("name1️⃣\(control),id\nx,y\n", "id", .error("1️⃣", "Hidden character", ""))
  }

  @Test func `other columns may contain any script`() throws {
    #expect(
      try read("name,id\n\u{5D0}\u{5DC}\u{5D9},a\n\u{645}\u{6CC}\u{200C}\u{62E},b\n👨‍👩‍👧,c\n") == [
        "2 a", "3 b", "4 c",
      ])
  }

  @Test(arguments: [
    ("a,", "1️⃣", "Invalid id", "empty"), ("a,\"\"", "1️⃣", "Invalid id", "empty"),
    ("a, b", "1️⃣", "Invalid id", "space"), ("a,b ", "1️⃣", "Invalid id", "space"),
    ("a,\"b,c\"", "1️⃣", "Not a bare id", "The field contains `,`"),
    ("a,\"\"\"b\"\"\"", "1️⃣", "Not a bare id", "U+0022"),
    ("a,'0042", "1️⃣", "Not a bare id", "U+0027"),
    ("a,b;c", "1️⃣", "Not a bare id", "contains `;`"),
    ("a,b # c", "1️⃣", "Not a bare id", "`#` next to a space"),
    ("a,\"b\nc\"", "1️⃣", "Invalid id", "U+000A"), ("a,b\u{200B}", "1️⃣", "Invalid id", "U+200B"),
    ("a,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "1️⃣", "Invalid id", "(33 bytes here)"),
  ])
  func `ids follow every rule of lists`(
    row: String, marker: Character, summary: String, detail: String
  ) {
    let marked = row.replacing("a,", with: "a,\(marker)", maxReplacements: 1)
    expect("x,id\n\(marked)\nb,c\n", "id", .error(marker, summary, detail))
  }

  @Test func `a long field is truncated and reported`() {
    let long = String(repeating: "x", count: 100_000)
    expect(
      "id,x\n1️⃣\(long),1\n2️⃣\"\(long)\",1\na,\(long)\n", "id",
      .error("1️⃣", "Invalid id", "more than 128 here"), .error("2️⃣", "Invalid id", "more than 128"))
  }

  @Test func `a row of more than a mebibyte is an error`() {
    let reading = readManifest(
      Self.text("id"),
      lists: ["users.csv": .text("id,x\na,\(String(repeating: "x", count: 1 << 21))\nb,1\n")])
    #expect(reading.diagnostics.kept.map(\.summary) == ["Row too long"])
    #expect(reading.diagnostics.kept.map(\.place.line) == [2])
  }

  @Test func `CSV files have the warnings of lists`() {
    expect(
      "id\n1️⃣1.58E+18\na\n2️⃣12.0\n", "id",
      .warning("1️⃣", "Id looks like a damaged number", ""),
      .warning("2️⃣", "Id looks like a damaged number", ""))
    expect(
      "x,1️⃣user_id\n1,a\n", "2",
      .warning("1️⃣", "Id looks like a header", "use it instead of the number: `column: user_id`"))
    expect("id\nid\n", "id")
  }

  @Test(arguments: ["", "id\n", "id,x\r\n", "\n\n", "\u{FEFF}"])
  func `a file without rows is an empty list`(csv: String) {
    let reading = readManifest(Self.text("id"), lists: ["users.csv": .text(csv)])
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.kept.map(\.summary) == ["Empty list"])
  }

  @Test func `an unreadable file is an error at its path`() {
    expectProblems(
      manifest(users: "{ids_from: {path: 1️⃣f, column: id}, tags: []}"),
      files: ["f": .refused(.outside)],
      .error("1️⃣", "List outside the manifest's folder", "is outside the manifest's folder"))
    expectProblems(
      manifest(users: "{ids_from: {column: id, path: 1️⃣f}, tags: []}"),
      files: ["f": .broken(Array("id\na\n".utf8), "Input/output error")],
      .error("1️⃣", "List not readable", "Input/output error"))
  }

  // MARK: - The manifest

  @Test func `path and column are required, and no other key is allowed`() {
    let users = { (source: String) in manifest(users: "{ids_from: \(source), tags: []}") }
    expectProblems(
      users("1️⃣{path: f}"), lists: ["f": "id\na\n"],
      .error("1️⃣", "Missing key", "`ids_from` needs `column`. It is the name of a column"))
    expectProblems(users("1️⃣{column: id}"), .error("1️⃣", "Missing key", "`ids_from` needs `path`"))
    expectProblems(
      users("{path: f, column: id, 1️⃣colum: x}"), lists: ["f": "id\na\n"],
      .error("1️⃣", "Unknown key", "Did you mean `column`?"))
    expectProblems(
      users("{path: f, column: id, 1️⃣column: x}"), lists: ["f": "id\na\n"],
      .error("1️⃣", "Duplicate key", ""))
    expectProblems(
      users("1️⃣[f, g]"), .error("1️⃣", "Wrong type", "a path, or a mapping of `path` and `column`"))
  }

  @Test(arguments: [
    "0", "-1", "+1", "1.0", "01", "100001", "''", "~", "yes", "\"a\\u202Eb\"", "|-\n        a",
  ])
  func `a column is a name or a whole number from 1`(column: String) {
    expectProblems(
      head + "users:\n  - tags: []\n    ids_from:\n      path: f\n      column: 1️⃣\(column)\n",
      lists: ["f": "id\na\n"],
      .error("1️⃣", "Invalid column", "its number, counted from 1"))
  }
}
