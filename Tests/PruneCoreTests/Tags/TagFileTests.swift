import Bytes
import Crypto
import PruneCore
import TestSupport
import Testing

struct TagFileTests {
  /// Tags that would break a line, a string of JSON or a log.
  private static let nasty = [
    "", "a", "vip 1", "\"", "\\", "\\\"", "\t", "\n", "\r\n", "\0", "\u{1B}[2J", "\u{7F}",
    "##[error]",
    "::error::", "[", "]", "\", \"", "名前", "😀", "\u{10FFFF}", "\u{202E}", "\u{85}",
    "\u{2028}",
    // The same to a reader, and to `String`.
    "\u{E9}", "e\u{301}", "\u{212B}", "\u{C5}",
  ]

  private static let file = WholeTagFile(users: [
    saved("UserID_1", nasty), saved("UserID_2", []), saved("zoë 1", ["b", "a"]),
    saved("UserID_1", ["again"], at: 1_795_232_413),
  ])

  private static func framed(_ line: String) -> [UInt8] {
    let hex = String(CRC32.checksum(Array(line.utf8)), radix: 16)
    return Array(String(repeating: "0", count: 8 - hex.utf8.count).utf8) + Array(hex.utf8)
      + Array("\t\(line)\n".utf8)
  }

  /// The lines of a file, each with its LF.
  private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "\n")).map { $0 + [UInt8(ascii: "\n")] }
  }

  // MARK: - Writing and reading

  @Test(arguments: [1, 7, 1 << 16])
  func `a file is read back byte for byte, also with nasty tags`(chunkSize: Int) throws {
    let file = Self.file
    let read = try WholeTagFile(file.bytes, chunkSize: chunkSize)
    #expect(read == file)
    #expect(read.users[0].tags.map(\.bytes) == Self.nasty.map { Array($0.utf8) })
  }

  @Test func `the lines match the documented format`() {
    let file = WholeTagFile(users: [saved("UserID_1", ["a", "b"])])
    let lines = Self.lines(file.bytes).map { String(decoding: $0, as: UTF8.self) }
    #expect(
      lines.map { $0.dropFirst(9) } == [
        "tags\t1\t1400000000\tloopback\t5f0c2a9be1d34788\t8f2c41d09ab3\tall_member_push\n",
        "user\t2026-11-21T03:40:12Z\tUserID_1\t[\"a\", \"b\"]\n",
        "end\t1\n",
      ])
  }

  @Test func `the longest line that a response can make is read`() throws {
    // One byte of a response becomes six of a line.
    let tag = String(repeating: "\u{7F}", count: 1 << 20)
    let file = WholeTagFile(users: [saved("a", [tag]), saved("b", [])])
    #expect(file.bytes.count > 6 << 20)
    #expect(try WholeTagFile(file.bytes, chunkSize: 1 << 18) == file)
  }

  @Test func `a longer line is damage and is not held in memory`() throws {
    let file = WholeTagFile(users: [])
    let long = [UInt8](repeating: UInt8(ascii: "a"), count: 9 << 20) + [UInt8(ascii: "\n")]
    let lines = Self.lines(file.bytes)
    #expect(throws: TagFileError.damaged(line: 2)) { try WholeTagFile(lines[0] + long + lines[1]) }
  }

  // MARK: - Interrupted runs

  @Test func `a file that is cut anywhere has a part of its users, and says so`() throws {
    let bytes = Self.file.bytes
    let headerEnd = Self.lines(bytes)[0].count
    for count in 0..<bytes.count {
      let part = Array(bytes.prefix(count))
      if count < headerEnd {
        #expect(throws: TagFileError.empty, "after \(count) bytes") { try WholeTagFile(part) }
        continue
      }
      let read = try WholeTagFile(part)
      let lines = part.count { $0 == UInt8(ascii: "\n") }
      let users = Self.file.users.prefix(lines - 1)
      if read.isWhole || read.users != Array(users) || read.header != Self.file.header {
        Issue.record("after \(count) bytes")
      }
    }
  }

  @Test func `a tail of zeros, as after a power cut, ends an interrupted file`() throws {
    var file = Self.file
    file.isWhole = false
    for count in [1, 512, 40_000] {
      #expect(try WholeTagFile(file.bytes + [UInt8](repeating: 0, count: count)) == file)
    }
  }

  // MARK: - Damage

  @Test func `a flipped bit never gives a wrong tag`() throws {
    let bytes = Self.file.bytes
    let lastLine = bytes.count - (Self.lines(bytes).last?.count ?? 0)
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << UInt8(bit)
        let read = try? WholeTagFile(damaged)
        // The last line may look torn; then the file is not whole.
        let isRight = read.map { !$0.isWhole && $0.users == Self.file.users } ?? true
        if !isRight || (read != nil && index < lastLine) {
          Issue.record("bit \(bit) of byte \(index)")
        }
      }
    }
  }

  @Test func `damage names its line`() throws {
    let lines = Self.lines(Self.file.bytes)
    for index in lines.indices {
      var damaged = lines
      damaged[index][damaged[index].count - 2] ^= 1
      #expect(throws: TagFileError.damaged(line: UInt32(index + 1))) {
        try WholeTagFile(Array(damaged.joined()))
      }
    }
  }

  @Test func `lost and repeated lines are noticed by the end line`() throws {
    var lines = Self.lines(Self.file.bytes)
    lines.insert(lines[1], at: 2)
    #expect(throws: TagFileError.wrongCount(said: 4, found: 5)) {
      try WholeTagFile(Array(lines.joined()))
    }
    lines.removeSubrange(1...3)
    #expect(throws: TagFileError.wrongCount(said: 4, found: 2)) {
      try WholeTagFile(Array(lines.joined()))
    }
  }

  @Test func `nothing may follow the end line`() throws {
    let bytes = Self.file.bytes
    let lines = Self.lines(bytes)
    let after = UInt32(lines.count + 1)
    for tail in [lines[1], lines[lines.count - 1], [0], Array("x".utf8), Array("x\n".utf8)] {
      #expect(throws: TagFileError.damaged(line: after)) { try WholeTagFile(bytes + tail) }
    }
  }

  @Test(arguments: [
    "other", "user", "user\t2026-11-21T03:40:12Z\ta", "user\t2026-11-21T03:40:12Z\ta\t",
    "user\t2026-11-21T03:40:12Z\ta\t[]\t", "user\tnow\ta\t[]", "user\t2026-11-21T03:40:12Z\t\t[]",
    "user\t2026-11-21T03:40:12Z\t a\t[]", "user\t2026-11-21T03:40:12Z\ta\u{85}b\t[]",
    "user\t2026-11-21T03:40:12Z\tan-id-that-is-longer-than-32-bytes\t[]",
    #"user\#t2026-11-21T03:40:12Z\#ta\#t["b"#, #"user\#t2026-11-21T03:40:12Z\#ta\#t["b","c"]"#,
    #"user\#t2026-11-21T03:40:12Z\#ta\#t["\u0062"]"#, #"user\#t2026-11-21T03:40:12Z\#ta\#t[1]"#,
    #"user\#t2026-11-21T03:40:12Z\#ta\#t["b"] "#, #"user\#t2026-11-21T03:40:12Z\#ta\#tnull"#,
    #"user\#t2026-11-21T03:40:12Z\#ta\#t{"b": 1}"#, "end", "end\t-0", "end\t00", "end\t0\t",
    "end\tx",
    "tags\t1\t1400000000\tloopback\t5f0c2a9be1d34788\t8f2c41d09ab3\tall_member_push",
  ])
  func `a complete line of another form is refused, even as the last`(line: String) throws {
    let header = WholeTagFile(users: [], isWhole: false).bytes
    #expect(throws: TagFileError.damaged(line: 2)) {
      try WholeTagFile(header + Self.framed(line))
    }
  }

  // MARK: - Other files

  @Test(arguments: [
    "version: 1\n", "x", "{}", "imprune-state\t1\n", "\n", "00000000\tjournal\t1\t",
    "0000000g\ttags\t1", "\u{FEFF}version: 1\n", "version: 1\r\n",
  ])
  func `another file is not a tag file`(text: String) {
    #expect(throws: TagFileError.notATagFile) { try WholeTagFile(Array(text.utf8)) }
  }

  @Test func `a file that an editor or git has converted is named as such`() {
    let text = String(decoding: Self.file.bytes, as: UTF8.self)
    for (form, text) in [
      (TextForm.carriageReturns, text.replacing("\n", with: "\r\n")),
      (.byteOrderMark, "\u{FEFF}" + text),
      (.byteOrderMark, "\u{FEFF}" + text.replacing("\n", with: "\r\n")),
    ] {
      #expect(throws: TagFileError.rewritten(form)) { try WholeTagFile(Array(text.utf8)) }
    }
    #expect(throws: TagFileError.rewritten(.utf16)) {
      try WholeTagFile([0xFF, 0xFE] + Self.file.bytes.flatMap { [$0, 0] })
    }
  }

  @Test func `a newer version is refused, and a malformed one is damage`() {
    #expect(throws: TagFileError.newerVersion("2")) {
      try WholeTagFile(Self.framed("tags\t2\tand more"))
    }
    for version in ["0", "02", "+2", "\u{1B}[2J", "", "1\tx"] {
      #expect(throws: TagFileError.damaged(line: 1)) {
        try WholeTagFile(Self.framed("tags\t\(version)\tand more"))
      }
    }
  }

  @Test func `a failing source is reported with its message`() throws {
    let bytes = Self.file.bytes
    for count in [0, 3, 100, bytes.count] {
      var isFirst = true
      let source = ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
        chunk = isFirst ? Array(bytes.prefix(count)) : []
        isFirst = false
        if chunk.isEmpty { throw ReadFailure(message: "Input/output error") }
      }
      #expect(throws: TagFileError.unreadable("Input/output error")) { try MergedTags(source) }
    }
  }
}
