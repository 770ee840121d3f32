import PruneCore
import TestSupport
import Testing

/// Which ids a manifest may contain, and how to spell them (docs/architecture.md, "Manifest").
@Suite struct UserIDTests {
  /// Plain scalars that YAML 1.1 or 1.2 does not resolve to a string.
  static let ambiguous = [
    // Common ones.
    "007", "+1", "1_000", "1e5", "0x1F", "12:30", "1.0", "yes", "no", "on", "y", "null", "~",
    "2026-01-01",
    // Booleans of 1.1 and 1.2, in the three spellings.
    "Yes", "YES", "No", "NO", "On", "ON", "off", "Off", "OFF", "true", "True", "TRUE", "false",
    "False", "FALSE", "Y", "n", "N",
    // Null, merge key, default key.
    "Null", "NULL", "<<", "=",
    // Integers: signs, octal of both kinds, binary, hexadecimal, base 60.
    "-1", "+0", "-0", "00", "010", "08", "0o17", "0b101", "0b1_0", "-0x1f", "0xdead_beef", "1_2",
    "190:20:30", "+1:30", "-12:30:45", "1:2",
    // Numbers with a point or an exponent.
    "1.", ".5", "-.5", "+.5", "1.5e3", "1E5", "1e+5", "1e-5", "6.8523015e+5", "685.230_15e+03",
    "190:20:30.15", "1.2.3", "10.0.0.1", ".", ".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN",
    "1_000.5", "0.0", "-1.5",
    // Times.
    "2026-1-1t2:03:04", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5",
    "2001-12-15 2:59:43.10", "0000-00-00",
  ]

  @Test(arguments: ambiguous)
  func `a plain scalar that some YAML readers do not read as a string must be quoted`(id: String) {
    let entry = "- id: 1️⃣\(id)\n    account: absent\n"
    expectProblems(
      head + "users:\n  " + entry, .error("1️⃣", "Ambiguous id", "Quote it: \"\(id)\""))
  }

  @Test(arguments: ambiguous)
  func `a quoted scalar is an id, byte for byte`(id: String) throws {
    for quoted in ["'\(id)'", "\"\(id)\""] {
      let manifest = try expectManifest(manifest(users: "{id: \(quoted), account: absent}"))
      #expect(manifest.entries.list.map(\.id.bytes) == [Array(id.utf8)])
    }
  }

  @Test func `an empty value is not an id`() {
    expectProblems(
      head + "users:\n  - account: absent\n    id:1️⃣\n",
      .error("1️⃣", "Missing id", "There is no value here"))
    expectProblems(
      manifest(users: "{id: 1️⃣'', account: absent}"), .error("1️⃣", "Invalid id", "empty"))
  }

  @Test(arguments: [
    "10001", "0", "7", "99999999999999999999999999999999", "a", "A1", "xiaojun012", "UserID_1",
    "user-1", "-a", "+a", "--", "-_1", ".a", "a.b@c.d", "x:y", "1a", "0a", "0x", "0xg", "0b", "0bx",
    "0o", "1e", "1e5x", "e5", "1_a", "12:30x", "12:3a", "a:1:2", "1:234", "2026-01-01x", "2026-01",
    "20260101x", "2026-01-0a", "yEs", "yess", "nop", "oN", "nULL", "nulls", "tRUE", "ye", "t", "f",
    "truex", "=a", "==", "<<a", "~a", "$a", "inf", "nan", "a=b", "user+tag", "aa:bb:cc", "1-2",
    "5d41402abc4b2a76b9719d911017c592", "ex_1", "0_a", "1.a", "v1.0", "a#b",
  ])
  func `a plain scalar that every YAML reader reads as a string is an id`(id: String) throws {
    let manifest = try expectManifest(head + "users:\n  - id: \(id)\n    account: absent\n")
    #expect(manifest.entries.list.map(\.id.bytes) == [Array(id.utf8)])
  }

  @Test func `the rule also applies to the admin and to protected ids`() {
    expectProblems(
      """
      version: 1
      app: {sdk_app_id: 1, region: china, edition: trial, admin: 1️⃣007}
      guards:
        protected: [2️⃣yes, 3️⃣1.0, 4️⃣' a', 5️⃣'', 6️⃣\(String(repeating: "p", count: 33)), "*", a*]
      users: [{id: a, account: absent}]
      """,
      .error("1️⃣", "Ambiguous id", "Quote it"), .error("2️⃣", "Ambiguous id", ""),
      .error("3️⃣", "Ambiguous id", ""), .error("4️⃣", "Invalid id", "space"),
      .error("5️⃣", "Invalid id", "empty"), .error("6️⃣", "Invalid id", "longer than 32 bytes"))
  }

  @Test func `ids with YAML indicators must be quoted`() {
    expectProblems(
      manifest(
        users: "{id: 1️⃣*a, account: absent}", "{id: 2️⃣&a , account: absent}",
        "{id: 3️⃣&a b, account: absent}", "{id: 4️⃣!a, account: absent}",
        "{ids: [5️⃣!a b], account: absent}"),
      .error("1️⃣", "Alias not supported", "quote it"),
      .error("2️⃣", "Ambiguous id", "begins with `&`"),
      .error("3️⃣", "Ambiguous id", "begins with `&`"),
      .error("4️⃣", "Tag not supported", "quote the value"),
      .error("5️⃣", "Tag not supported", "quote the value"))
  }

  @Test(arguments: ["@RBT#1", "`a", "%a", "*a", "&a", "!a", "#a", "- a", "? b", "{a}", "[a]", "|"])
  func `a quoted id with YAML indicators is accepted`(id: String) throws {
    let manifest = try expectManifest(manifest(users: "{id: '\(id)', account: absent}"))
    #expect(manifest.entries.list.map(\.id.bytes) == [Array(id.utf8)])
  }

  // MARK: - Length

  @Test func `an id has at most 32 bytes`() throws {
    for id in [
      String(repeating: "x", count: 32), String(repeating: "é", count: 16),
      String(repeating: "离", count: 10) + "xx", String(repeating: "😀", count: 8),
    ] {
      let manifest = try expectManifest(manifest(users: "{id: \(id), account: absent}"))
      #expect(manifest.entries.list.map(\.id.bytes) == [Array(id.utf8)])
    }
    expectProblems(
      manifest(
        users: "{id: 1️⃣\(String(repeating: "x", count: 33)), account: absent}",
        "{id: 2️⃣\(String(repeating: "é", count: 16))x, account: absent}",
        "{id: 3️⃣\(String(repeating: "离", count: 11)), account: absent}",
        "{id: 4️⃣\(String(repeating: "y", count: 5000)), account: absent}"),
      .error("1️⃣", "Invalid id", "longer than 32 bytes (33 bytes here)"),
      .error("2️⃣", "Invalid id", "(33 bytes here)"), .error("3️⃣", "Invalid id", "(33 bytes here)"),
      .error("4️⃣", "Invalid id", "(5000 bytes here)"))
  }

  // MARK: - Characters

  @Test(arguments: [
    " a", "a ", " ", "\u{A0}a", "a\u{A0}", "\u{3000}a", "a\u{3000}", "\u{2003}a", "a\u{2009}",
    "\u{1680}a", "a\u{202F}", "\u{205F}a", " \u{301}a",
  ])
  func `an id neither starts nor ends with a blank`(id: String) {
    expectProblems(
      manifest(users: "{id: 1️⃣\"\(id)\", account: absent}"),
      .error("1️⃣", "Invalid id", "begins or ends with a space"))
    expectProblems(
      manifest(users: "{ids_from: f, account: absent}"), lists: ["f": "1️⃣\(id)\n"],
      .error("1️⃣", "Invalid id", "begins or ends with a space"))
  }

  @Test(arguments: [
    0x00, 0x07, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x80, 0x85, 0x9F, 0xAD, 0x061C, 0x0600, 0x070F,
    0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2060, 0x2064,
    0x2066, 0x2069, 0xFEFF, 0xFFF9, 0xE0001, 0xE0041, 0x1D173,
    // Ignorable by default, variation selectors, fillers, and symbols without a visible glyph.
    0x034F, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180F, 0x2065, 0x206A, 0x2800, 0x3164, 0xFE00, 0xFE0F,
    0xFFA0, 0xFFF0, 0x16FE4, 0x1D159, 0xE0100, 0xE01EF, 0xE0FFF,
  ])
  func `an id contains no invisible character`(code: UInt32) throws {
    let hex = String(code, radix: 16, uppercase: true)
    let escape = "\\U" + String(repeating: "0", count: 8 - hex.count) + hex
    let shown = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
    for id in ["\(escape)a", "a\(escape)b", "a\(escape)"] {
      expectProblems(
        manifest(users: "{id: 1️⃣\"\(id)\", account: absent}"),
        .error("1️⃣", "Invalid id", "the invisible character \(shown)"))
    }
    let scalar = try #require(Unicode.Scalar(code))
    if scalar != "\n", scalar != "\t" {
      expectProblems(
        manifest(users: "{ids_from: f, account: absent}"), lists: ["f": "1️⃣a\(scalar)b\n"],
        .error("1️⃣", "Invalid id", "invisible character \(shown)"))
    }
  }

  @Test(arguments: [
    "é", "离职", "😀", "a b", "a/b", "a,b", "a#b", "(a)", "a*", "ß", "\u{FFFD}", "a'b",
    "~a", "$", "\u{E000}",
  ])
  func `characters outside the recommended set are a warning`(id: String) throws {
    let reading = expectProblems(
      manifest(users: "{id: 1️⃣\"\(id)\", account: absent}"),
      .warning("1️⃣", "Unusual id", "outside A-Z a-z 0-9 _ . @ + = : -"))
    #expect(reading.manifest?.entries.list.map(\.id.bytes) == [Array(id.utf8)])
  }

  @Test func `no character of the recommended set is a warning`() {
    expectProblems(
      manifest(
        users: "{ids: [abcxyzABCXYZ0123456789, \"_.@+=:-\", \"@a\", \"-\", \"=\"], tags: []}"))
  }

  @Test(arguments: ["e\u{301}", "\u{212B}", "a\u{302}\u{323}", "\u{1112}\u{1161}\u{11AB}"])
  func `an id not in normal form C is a warning`(id: String) throws {
    let reading = expectProblems(
      manifest(users: "{id: 1️⃣\"\(id)\", account: absent}"),
      .warning("1️⃣", "Unusual id", "not in Unicode normal form C"))
    #expect(reading.manifest?.entries.list.map(\.id.bytes) == [Array(id.utf8)])
  }

  // MARK: - The value

  @Test func `an id takes 1 to 32 bytes without zeros`() {
    #expect(UserID([]) == nil)
    #expect(UserID([UInt8](repeating: 1, count: 33)) == nil)
    #expect(UserID([65, 0, 65]) == nil)
    #expect(UserID([0]) == nil)
    for count in 1...32 {
      for zero in 0..<count {
        var bytes = [UInt8](repeating: 0xFF, count: count)
        bytes[zero] = 0
        #expect(UserID(bytes) == nil, "\(zero) of \(count)")
        // The text around the id does not matter.
        let around = [0, 1] + bytes + [2, 0, 3, 4, 5, 6, 7, 8, 9]
        #expect(UserID(around.span, 2..<(2 + count)) == nil, "\(zero) of \(count)")
        bytes[zero] = 1
        let among = [0, 1] + bytes + [0, 2, 3, 4, 5, 6, 7, 8, 9]
        #expect(UserID(among.span, 2..<(2 + count))?.bytes == bytes, "\(zero) of \(count)")
      }
      let bytes = (0..<count).map { UInt8(255 - $0 * 7 % 255) }
      #expect(UserID(bytes)?.bytes == bytes)
      #expect(UserID(bytes)?.count == count)
    }
    #expect(MemoryLayout<UserID>.size == 32)
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `ids compare as their bytes and return their bytes`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    func bytes(_ random: inout SplitMix64) -> [UInt8] {
      // Few values and shared prefixes, so that ties and prefixes are common.
      let values: [UInt8] = [1, 2, 0x7F, 0x80, 0xFF]
      let prefix = [UInt8](repeating: 0x61, count: random.pick([0, 0, 7, 8, 15, 16, 24, 30]))
      let rest = (0..<(1 + random.below(3))).map { _ in random.pick(values) }
      return Array((prefix + rest).prefix(32))
    }
    for _ in 0..<500 {
      let (one, two) = (bytes(&random), bytes(&random))
      let (left, right) = (try #require(UserID(one)), try #require(UserID(two)))
      #expect(left.bytes == one)
      #expect(left.count == one.count)
      #expect((0..<32).map { left[$0] } == one + [UInt8](repeating: 0, count: 32 - one.count))
      #expect((left < right) == one.lexicographicallyPrecedes(two))
      #expect((left == right) == (one == two))
      #expect((left.hashValue == right.hashValue) || one != two)
    }
  }
}
