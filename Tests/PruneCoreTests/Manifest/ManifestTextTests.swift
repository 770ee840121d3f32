import PruneCore
import TestSupport
import Testing

/// Errors in a text before it is a manifest: not YAML, not UTF-8, not one document.
@Suite struct ManifestTextTests {
  @Test(arguments: ["", "\n\n", "# nothing\n# at all\n", "\u{FEFF}", "---\n", "---\n...\n"])
  func `a manifest without content is an error, not an empty list`(text: String) {
    let reading = readManifest(text)
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.errors == 1)
    #expect(reading.diagnostics.kept.first?.summary == "Empty manifest")
  }

  @Test(arguments: ["- a\n", "[]", "hello\n", "null\n", "'quoted'\n"])
  func `a manifest that is a list or a single value is an error`(text: String) {
    expectProblems("1️⃣" + text, .error("1️⃣", "Wrong type", "The manifest must be a mapping"))
  }

  @Test func `a second document is an error`() {
    expectProblems(
      manifest(users: "{id: a, account: absent}") + "1️⃣---\nusers: []\n",
      .error("1️⃣", "More than one document", "remove the `---`"))
  }

  @Test func `a syntax error is reported at its position, and nothing after it`() {
    expectProblems(
      """
      version: 1
      1️⃣colour: red
      app: {sdk_app_id: 12️⃣: 3}
      users: []
      """,
      .error("1️⃣", "Unknown key", "`colour`"),
      .error("2️⃣", "Invalid YAML", "did not read the rest of the file"))
  }

  @Test(arguments: ["@RBT#1", "`a", "%a"])
  func `a value that starts with a reserved YAML character must be quoted`(value: String) {
    expectProblems(
      manifest(users: "{id: 1️⃣\(value), account: absent}"),
      .error("1️⃣", "Invalid YAML", "Quote a value"))
  }

  @Test func `a tab for indentation is an error`() {
    expectProblems(
      "version: 1\napp:\n1️⃣\tregion: china\n", .error("1️⃣", "Invalid YAML", "cannot start any token"))
  }

  @Test func `endlessly nested lists are refused at a bounded depth`() {
    expectProblems(
      "version: 1️⃣" + String(repeating: "[", count: 31) + "2️⃣"
        + String(repeating: "[", count: 200) + "\n",
      .error("1️⃣", "Wrong type", "`version`"), .error("2️⃣", "Nested too deep", "32 levels"))
    for opening in ["- ", "[", "{a: ", "? ", "[{a: "] {
      let reading = readManifest("extra: \n " + String(repeating: opening, count: 100_000))
      #expect(reading.manifest == nil)
      #expect(reading.diagnostics.kept.map(\.summary).contains("Nested too deep"), "\(opening)")
    }
  }

  @Test func `nesting below the bound is checked by type`() {
    expectProblems(
      "1️⃣version: 2️⃣" + String(repeating: "[", count: 31) + String(repeating: "]", count: 31)
        + "\n",
      .error("1️⃣", "Missing key", "`app`"), .error("1️⃣", "Missing key", "`users`"),
      .error("2️⃣", "Wrong type", "`version` must be a single value"))
  }

  @Test(arguments: ["\"", "'", "", "# "])
  func `a value or comment of two MiB is refused`(quote: String) {
    let long = String(repeating: "x", count: 2 << 20)
    let reading = readManifest("version: \(quote)\(long)\(quote)\n")
    #expect(reading.diagnostics.kept.map(\.summary) == ["Value too long"])
    #expect(reading.diagnostics.kept.first?.detail.contains("1 MiB") == true)
    #expect(reading.manifest == nil)
  }

  @Test(arguments: ["\n", "\r\n"])
  func `a byte that is not UTF-8 is reported at its position`(end: String) {
    for (before, line, column) in [
      ("", 1, 1), ("ver", 1, 4), ("version: 1", 1, 11), ("version: 1\(end)", 2, 1),
      ("version: 1\(end)a: é", 2, 5), ("# é€😀\(end)\(end)  ", 3, 3),
    ] as [(String, UInt32, UInt32)] {
      for chunkSize in [1 << 16, 1] {
        let reading = readManifest(
          Array(before.utf8) + [0xFF] + Array("\nusers: []\n".utf8), chunkSize: chunkSize)
        #expect(reading.manifest == nil)
        let last = reading.diagnostics.kept.last
        #expect(last?.summary == "Invalid text")
        #expect(last?.detail.contains("UTF-8") == true)
        #expect(last?.place == Place(line: line, column: column), "\(before.debugDescription)")
      }
    }
  }

  @Test(arguments: ["\r", "\u{85}", "\u{2028}", "\u{2029}"])
  func `a line break that only YAML knows is refused`(
    end: String
  ) {
    for (before, line, column) in [
      ("# a", 1, 4), ("version: 1\n# é😀", 2, 5), ("version: 1\r\n", 2, 1),
    ] as [(String, UInt32, UInt32)] {
      for (chunkSize, rest) in [(1 << 16, "b\nusers: []\n"), (1, "b\nusers: []\n"), (1, "")] {
        let reading = readManifest(Array((before + end + rest).utf8), chunkSize: chunkSize)
        #expect(reading.manifest == nil)
        let last = reading.diagnostics.kept.last { $0.summary == "Invalid line break" }
        #expect(last?.place == Place(line: line, column: column), "\(before.debugDescription)")
      }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `such a line break is reported at its position`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var text = "# "
    var (line, column) = (UInt32(1), UInt32(3))
    for _ in 0..<random.below(300) {
      let piece = random.pick([
        "a", "bcdefghi", "\n# ", "\n", "é", "€", "😀", "\r\n#", "#########\n",
      ])
      text += piece
      let lines = piece.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      if lines.count > 1 { (line, column) = (line + 1, 1) }
      column += UInt32(lines.last?.count ?? 0)
      if column == 1 {
        text += "#"
        column = 2
      }
    }
    for chunkSize in [1, 1 + random.below(20), 1 << 16] {
      let reading = readManifest(Array((text + "\u{2028}b\n").utf8), chunkSize: chunkSize)
      let last = reading.diagnostics.kept.last { $0.summary == "Invalid line break" }
      #expect(last?.place == Place(line: line, column: column), "\(text.debugDescription)")
    }
  }

  @Test func `no problem is reported after the last line`() {
    let reading = readManifest("version: 1\nusers: [{id: a")
    #expect(reading.diagnostics.kept.map(\.summary) == ["Invalid YAML"])
    #expect(reading.diagnostics.kept.first?.place == Place(line: 2, column: 15))
  }

  @Test func `an invalid byte far into a file is reported at its position`() {
    var text = head + "users:\n"
    for number in 0..<5000 { text += "  - {id: u\(number), account: absent}\n" }
    let line = UInt32(text.split(separator: "\n").count + 1)
    let reading = readManifest(Array(text.utf8) + Array("  - {id: ".utf8) + [0xC3, 0x28])
    #expect(reading.diagnostics.kept.last?.place == Place(line: line, column: 10))
  }

  @Test(arguments: [
    [0x00], [0x01], [0x1B], [0x7F], [0xC2, 0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80],
    [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
  ])
  func `control characters and ill-formed UTF-8 are refused`(bytes: [UInt8]) {
    let reading = readManifest(Array("version: 1 #".utf8) + bytes)
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.kept.map(\.summary) == ["Invalid text"])
    #expect(reading.diagnostics.kept.first?.place == Place(line: 1, column: 13))
  }

  @Test func `a manifest in UTF-16 is refused with a remedy`() {
    let text = Array(manifest(users: "{id: a, account: absent}").utf16)
    let little = text.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big = text.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    for bytes in [[0xFF, 0xFE] + little, [0xFE, 0xFF] + big, little, big] {
      let reading = readManifest(bytes)
      #expect(reading.manifest == nil)
      #expect(reading.diagnostics.kept.map(\.summary) == ["Invalid text"])
      #expect(reading.diagnostics.kept.first?.detail.contains("Save the file as UTF-8") == true)
    }
  }

  @Test func `a failing source is reported with the system's message`() {
    let reading = readManifest(broken: Array("version: 1\n".utf8), words: "Input/output error")
    #expect(reading.manifest == nil)
    #expect(reading.diagnostics.kept.map(\.summary) == ["Read error"])
    #expect(reading.diagnostics.kept.first?.detail.contains("Input/output error") == true)
  }

  @Test func `the first hundred problems are kept and all are counted`() {
    let reading = readManifest(
      manifest(with: (0..<250).map { "key\($0): 1\n" }.joined()))
    #expect(reading.diagnostics.errors == 250)
    #expect(reading.diagnostics.kept.count == Diagnostics.shown)
    #expect(Diagnostics.shown == 100)
    let ids = (0..<250).map { "'a b\($0)'" }.joined(separator: ", ")
    let warnings = readManifest(manifest(users: "{ids: [\(ids)], tags: []}"))
    #expect(warnings.manifest != nil)
    #expect(warnings.diagnostics.warnings == 250)
    #expect(warnings.diagnostics.kept.count == 100)
  }

  @Test func `long or invisible text is shown truncated and escaped`() {
    let reading = readManifest(#""a\u202e\#(String(repeating: "x", count: 500))": 1"#)
    let detail = reading.diagnostics.kept.first { $0.summary == "Unknown key" }?.detail ?? ""
    #expect(detail.contains(#"a\u{202e}xxx"#))
    #expect(detail.contains("x...`"))
    #expect(detail.count < 300)
  }
}
