import PruneCore
import TestSupport
import Testing
import Bytes

/// Lists of ids, one per line (docs/architecture.md, "Manifest").
@Suite struct ListTests {
  static let chunkSizes = [1 << 16, 5, 2, 1]

  /// The ids of a list in order, each with its line.
  private func read(_ list: ListFixture, chunkSize: Int = 1 << 16) throws -> [String] {
    let manifest = try expectManifest(
      manifest(users: "{ids_from: f, tags: []}"), lists: ["f": list], chunkSize: chunkSize)
    #expect(manifest.files == ["imprune.yaml", "f"])
    return manifest.entries.list
      .map { ($0.line, "\($0.line) \($0.id)") }.sorted { $0.0 < $1.0 }.map(\.1)
  }

  @Test(arguments: chunkSizes)
  func `a list has one id per line`(chunkSize: Int) throws {
    #expect(try read(.text("b\na\nc\n"), chunkSize: chunkSize) == ["1 b", "2 a", "3 c"])
    #expect(try read(.text("b\na\nc"), chunkSize: chunkSize) == ["1 b", "2 a", "3 c"])
    #expect(try read(.text("b\r\na\r\nc\r\n"), chunkSize: chunkSize) == ["1 b", "2 a", "3 c"])
    #expect(try read(.text("\n\nb\n\r\n\na\n\n"), chunkSize: chunkSize) == ["3 b", "6 a"])
  }

  @Test(arguments: chunkSizes)
  func `a comment starts at the first byte of its line`(chunkSize: Int) throws {
    #expect(
      try read(.text("# b\n#\na\n#c\r\nd#e\n"), chunkSize: chunkSize) == ["3 a", "5 d#e"])
    #expect(
      try read(.text("a\n#" + String(repeating: "x", count: 5000) + "\nb"), chunkSize: chunkSize)
        == ["1 a", "3 b"])
    let long = String(repeating: "x", count: 200)
    expectProblems(
      manifest(users: "{ids_from: f, tags: []}"),
      lists: ["f": "a\n1️⃣ # b\n2️⃣f #g\n3️⃣h# i\n4️⃣j # \(long)\n"], chunkSize: chunkSize,
      .error("1️⃣", "Comment next to an id", "on its own line"),
      .error("2️⃣", "Comment next to an id", "on its own line"),
      .error("3️⃣", "Comment next to an id", "move the id to the manifest and quote it"),
      .error("4️⃣", "Comment next to an id", "on its own line"))
  }

  @Test(arguments: chunkSizes)
  func `one byte order mark at the start is skipped`(chunkSize: Int) throws {
    #expect(try read(.text("\u{FEFF}a\nb\n"), chunkSize: chunkSize) == ["1 a", "2 b"])
    #expect(try read(.text("\u{FEFF}# a\r\nb\r\n"), chunkSize: chunkSize) == ["2 b"])
    #expect(try read(.text("\u{FEFF}\nb\n"), chunkSize: chunkSize) == ["2 b"])
    expectProblems(
      manifest(users: "{ids_from: f, tags: []}"),
      lists: ["f": "\u{FEFF}1️⃣\u{FEFF}a\n2️⃣\u{FEFF}b\n3️⃣c\u{FEFF}\n"], chunkSize: chunkSize,
      .error("1️⃣", "Invalid id", "U+FEFF"), .error("2️⃣", "Invalid id", "U+FEFF"),
      .error("3️⃣", "Invalid id", "U+FEFF"))
  }

  @Test(arguments: chunkSizes)
  func `a byte order mark does not make a full id too long`(chunkSize: Int) throws {
    let id = String(repeating: "x", count: 32)
    let text = ListFixture.text("\u{FEFF}\(id)\r\n")
    #expect(try read(text, chunkSize: chunkSize) == ["1 \(id)"])
  }

  @Test(arguments: chunkSizes)
  func `a line is not trimmed`(chunkSize: Int) {
    expectProblems(
      manifest(users: "{ids_from: f, tags: []}"),
      lists: [
        "f": "1️⃣ a\n2️⃣b \n3️⃣\tc\n4️⃣d\t\n5️⃣e\rf\n6️⃣g\r\r\n7️⃣ \r\n8️⃣h\u{A0}\n9️⃣\"i\"\n"
      ], chunkSize: chunkSize,
      .error("1️⃣", "Invalid id", "space"), .error("2️⃣", "Invalid id", "space"),
      .error("3️⃣", "Not a bare id", "a tab"), .error("4️⃣", "Not a bare id", "a tab"),
      .error("5️⃣", "Invalid id", "U+000D"), .error("6️⃣", "Invalid id", "U+000D"),
      .error("7️⃣", "Invalid id", "space"), .error("8️⃣", "Invalid id", "space"),
      .error("9️⃣", "Not a bare id", "U+0022"))
  }

  @Test func `a CR without an LF is not a line break`() {
    expectProblems(
      manifest(users: "{ids_from: f, tags: []}"), lists: ["f": "1️⃣a\rb\rc\r"],
      .error("1️⃣", "Invalid id", "U+000D"))
  }

  @Test(arguments: chunkSizes)
  func `an overlong line is reported and the next line is read`(chunkSize: Int) {
    func x(_ count: Int) -> String { String(repeating: "x", count: count) }
    let text =
      "a\n1️⃣\(x(33))\nb\n2️⃣\(x(128))\n3️⃣\(x(129))\r\n4️⃣\(x(70_000))\n\(x(32))\n5️⃣\(x(300))"
    expectProblems(
      manifest(users: "{ids_from: f, tags: []}"), lists: ["f": text], chunkSize: chunkSize,
      .error("1️⃣", "Invalid id", "longer than 32 bytes (33 bytes here)"),
      .error("2️⃣", "Invalid id", "longer than 32 bytes (128 bytes here)"),
      .error("3️⃣", "Invalid id", "longer than 32 bytes (more than 128 here)"),
      .error("4️⃣", "Invalid id", "longer than 32 bytes (more than 128 here)"),
      .error("5️⃣", "Invalid id", "longer than 32 bytes (more than 128 here)"))
  }

  @Test(arguments: chunkSizes)
  func `bytes that are not UTF-8 are an error on their line`(chunkSize: Int) {
    let bad: [[UInt8]] = [
      [0xFF], [0x61, 0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
    ]
    for bytes in bad {
      let reading = readManifest(
        Array(manifest(users: "{ids_from: f, tags: []}").utf8),
        lists: ["f": .bytes(Array("a\n".utf8) + bytes + Array("\nb\n".utf8))], chunkSize: chunkSize)
      #expect(reading.manifest == nil)
      #expect(
        reading.diagnostics.kept.map(\.detail) == [
          "The id is not valid UTF-8. Save the file as UTF-8."
        ])
      #expect(reading.diagnostics.kept.first?.place == Place(file: 1, line: 2, column: 1))
    }
  }

  @Test func `a zero byte is an error`() {
    expectProblems(
      manifest(users: "{ids_from: f, tags: []}"), lists: ["f": "a\n1️⃣b\0\n2️⃣\0\n"],
      .error("1️⃣", "Invalid id", "U+0000"), .error("2️⃣", "Invalid id", "U+0000"))
  }

  @Test func `ids of a list need no quotes`() throws {
    #expect(
      try read(.text("007\nyes\n1e5\n~\n*\n@RBT#1\n")) == [
        "1 007", "2 yes", "3 1e5", "4 ~", "5 *", "6 @RBT#1",
      ])
  }

  @Test(
    arguments: [
      (.missing, "List not found", "no file `f` in the manifest's folder"),
      (.outside, "List outside the manifest's folder", "is outside the manifest's folder"),
      (.notRegular("a folder"), "List is not a file", "`f` is a folder"),
      (.tooLarge(64 << 20), "List too large", "larger than 64 MiB"),
      (.unreadable("Permission denied"), "List not readable", "Permission denied"),
    ] as [(ListRefusal, String, String)])
  func `an unreadable list is an error at its name`(
    refusal: ListRefusal, summary: String, detail: String
  ) {
    expectProblems(
      manifest(users: "{ids_from: 1️⃣f, account: absent}", "{id: a, account: absent}"),
      files: ["f": .refused(refusal)], .error("1️⃣", summary, detail))
  }

  @Test func `lists that are too large in total are refused before they are read`() {
    let text = manifest(
      users: "{ids_from: small, account: absent}", "{ids_from: large, account: absent}")
    let reading = ManifestReader.read(
      ByteSource(Array(text.utf8)), name: "imprune.yaml",
      lists: ListOpener { (path) throws(ListRefusal) in
        ListOpener.List(
          source: ByteSource(Array("\(path)\n".utf8)), name: path,
          bytes: path == "large" ? 4 << 30 : 6)
      })
    #expect(reading.diagnostics.kept.map(\.summary) == ["Lists too large"])
    #expect(reading.files == ["imprune.yaml", "small"])
  }

  @Test func `a list that fails in the middle is an error, and none of its ids count`() {
    expectProblems(
      manifest(users: "{ids_from: 1️⃣f, account: absent}", "{id: a, tags: []}"),
      files: ["f": .broken(Array("a\nb\n".utf8), "Input/output error")],
      .error("1️⃣", "List not readable", "Input/output error"))
  }

  @Test(arguments: [#"\u202Etxt.f"#, #"a\e[2K"#, #"a\0b"#])
  func `a list name with invisible characters is an error, and nothing is opened`(name: String) {
    expectProblems(
      manifest(users: "{ids_from: 1️⃣\"\(name)\", account: absent}"),
      .error("1️⃣", "Invalid path", "hidden characters"))
  }

  @Test func `a repeated list is a warning for each of its ids`() {
    let reading = readManifest(
      manifest(users: "{ids_from: f, account: absent}", "{ids_from: f, account: absent}"),
      lists: ["f": .text("a\nb\n")])
    #expect(reading.manifest?.entries.list.count == 2)
    #expect(reading.diagnostics.warnings == 2)
  }

  @Test func `a manifest names at most 10,000 lists`() {
    let entries = { (count: Int) in
      head + "users:\n" + String(repeating: "- {ids_from: f, tags: []}\n", count: count)
    }
    let lists: [String: ListFixture] = ["f": .text("a\n")]
    #expect(readManifest(entries(10_000), lists: lists).manifest?.files.count == 10_001)
    let reading = readManifest(entries(10_002), lists: lists)
    #expect(reading.diagnostics.errors == 2)
    #expect(reading.diagnostics.kept.last { $0.severity == .error }?.summary == "Too many lists")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a list reads the same whatever the chunks`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var expected: [String] = []
    var text: [UInt8] = []
    for line in 1...200 {
      switch random.below(6) {
      case 0: break
      case 1:
        text += Array("#".utf8) + (0..<random.below(300)).map { _ in UInt8(ascii: "c") }
      default:
        let id = "u\(line)" + String(repeating: "x", count: random.below(28))
        expected.append("\(line) \(id)")
        text += Array(id.utf8)
      }
      text += random.oneIn(2) ? [0x0A] : [0x0D, 0x0A]
    }
    for chunkSize in [1, 1 + random.below(7), 1 + random.below(200), 1 << 16] {
      #expect(try read(.bytes(text), chunkSize: chunkSize) == expected)
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `entries are sorted and merged, and contradictions counted, like a naive model`(
    seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    struct Goal: Equatable {
      var removes: Bool
      var place: String
    }
    var first: [String: Goal] = [:]
    var warnings = 0
    var errors = 0
    var lists: [String: ListFixture] = [:]
    var users = ""
    let isConsistent = random.oneIn(2)
    for file in 1...4 {
      let removes = isConsistent || random.oneIn(2)
      users += "  - {ids_from: f\(file), \(removes ? "account: absent" : "tags: []")}\n"
      var text = ""
      for line in 1...30 {
        let id = String(random.below(60), radix: 36)
        text += id + "\n"
        if let known = first[id] {
          if known.removes == removes { warnings += 1 } else { errors += 1 }
        } else {
          first[id] = Goal(removes: removes, place: "f\(file):\(line)")
        }
      }
      lists["f\(file)"] = .text(text)
    }
    let reading = readManifest(head + "users:\n" + users, lists: lists)
    #expect(reading.diagnostics.errors == errors)
    #expect(reading.diagnostics.warnings == warnings)
    guard let manifest = reading.manifest else {
      #expect(errors > 0)
      return
    }
    let entries = manifest.entries
    #expect(
      entries.list.map { "\($0.id) \(manifest.files[Int(entries.place(of: $0).file)]):\($0.line)" }
        == first.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        .map { "\($0) \(first[$0]?.place ?? "")" })
    #expect(manifest.count(of: .removeAccount) == first.values.count { $0.removes })
    #expect(manifest.count(of: .clearTags) == first.values.count { !$0.removes })
  }
}
