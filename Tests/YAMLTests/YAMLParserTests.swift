import Bytes
import Testing
import YAML

/// Events, positions, bounds and errors of the parser.
@Suite struct YAMLParserTests {
  /// The events of a text, each as `line:column words`, and the final error.
  private func read(
    _ bytes: [UInt8], limits: YAMLParser.Limits = .init(), chunkSize: Int = 1 << 16
  ) -> (events: [String], error: YAMLError?) {
    var events: [String] = []
    do throws(YAMLError) {
      var parser = try YAMLParser(ByteSource(bytes, chunkSize: chunkSize), limits: limits)
      while true {
        let event = try parser.next()
        if event == .streamEnd { return (events, nil) }
        var words = "\(parser.mark.line):\(parser.mark.column) \(event)"
        switch event {
        case .scalar, .alias: words += " " + String(decoding: parser.scalar, as: UTF8.self)
        default: break
        }
        if parser.isAnchored { words += " anchored" }
        if parser.isTagged { words += " tagged" }
        events.append(words)
      }
    } catch {
      return (events, error)
    }
  }

  private func read(_ text: String, chunkSize: Int = 1 << 16) -> (
    events: [String], error: YAMLError?
  ) {
    read(Array(text.utf8), chunkSize: chunkSize)
  }

  @Test(arguments: [1 << 16, 3, 1])
  func `a text becomes events with their start positions`(chunkSize: Int) {
    let (events, error) = read(
      """
      # head
      key: plain text
      "quoted": 'single'
      list:
        - &a [é, "\\u0041\\n"]
        - *a
        - !foo {}
        - |
          block
      """, chunkSize: chunkSize)
    #expect(error == nil)
    #expect(
      events == [
        "1:1 streamStart", "2:1 documentStart", "2:1 mappingStart",
        "2:1 scalar(plain: true) key", "2:6 scalar(plain: true) plain text",
        "3:1 scalar(plain: false) quoted", "3:11 scalar(plain: false) single",
        "4:1 scalar(plain: true) list", "5:3 sequenceStart",
        "5:5 sequenceStart anchored", "5:9 scalar(plain: true) é",
        "5:12 scalar(plain: false) A\n", "5:22 sequenceEnd", "6:5 alias a",
        "7:5 mappingStart tagged", "7:11 mappingEnd",
        "8:5 scalar(plain: false) block", "9:10 sequenceEnd", "9:10 mappingEnd",
        "9:10 documentEnd",
      ])
  }

  @Test(
    arguments: [
      ("a", 1), ("'a b'", 1), ("a\n  b", 2), ("a # b\n", 1), ("a\n\n  b\n", 3), ("'a\n\n  b'", 3),
      ("\"a\\\n  b\"", 2), ("\n  a", 1), ("\n  a\n# b\n", 1), ("", 1), ("~", 1), ("[a\n,b]", 1),
    ] as [(String, UInt32)])
  func `a scalar knows how many lines it spans`(value: String, lines: UInt32) throws {
    for chunkSize in [1 << 16, 1] {
      for end in ["", "\n", "\nc: d"] {
        var parser = try YAMLParser(
          ByteSource(Array("key: \(value)\(end)".utf8), chunkSize: chunkSize))
        while parser.scalar != Array("key".utf8) { _ = try parser.next() }
        repeat {} while try !parser.next().isScalar
        #expect(parser.lines == lines, "\(value.debugDescription) \(end.debugDescription)")
      }
    }
  }

  @Test(arguments: ["|", "|-", ">", ">-"])
  func `a block scalar spans more than one line`(indicator: String) throws {
    for text in [
      "key: \(indicator)\n  a\n", "key: \(indicator)\n  a", "key: \(indicator)\n  a\nb: c",
    ] {
      var parser = try YAMLParser(ByteSource(Array(text.utf8)))
      while parser.scalar != Array("key".utf8) { _ = try parser.next() }
      _ = try parser.next()
      #expect(parser.lines > 1)
    }
  }

  @Test(arguments: [1 << 16, 4, 1])
  func `peeked bytes of a source are still read`(chunkSize: Int) throws {
    let bytes = Array("version: 1\nusers: []\n".utf8)
    for count in [0, 1, 4, 5, 100] {
      let (first, whole) = ByteSource(bytes, chunkSize: chunkSize).peeked(count)
      #expect(first.count >= min(count, bytes.count) && bytes.starts(with: first))
      var read: [UInt8] = []
      var chunk: [UInt8] = []
      repeat {
        try whole.read(into: &chunk)
        read += chunk
      } while !chunk.isEmpty
      #expect(read == bytes)
    }
  }

  @Test func `a failure after peeked bytes is reported when a reader reaches it`() throws {
    var isFirst = true
    let source = ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      if !isFirst { throw ReadFailure(message: "gone") }
      isFirst = false
      chunk = [1, 2]
    }
    let (first, whole) = source.peeked(100)
    #expect(first == [1, 2])
    var chunk: [UInt8] = []
    try whole.read(into: &chunk)
    #expect(chunk == [1, 2])
    #expect(throws: ReadFailure(message: "gone")) { try whole.read(into: &chunk) }
  }

  @Test func `a scalar's bytes are unchanged`() throws {
    let id = "cafe\u{301} \u{E9} \u{1F600}"
    var parser = try YAMLParser(ByteSource(Array("- '\(id)'".utf8), chunkSize: 1))
    while try parser.next() != .scalar(plain: false) {}
    #expect(parser.scalar == Array(id.utf8))
  }

  @Test func `a scalar may contain a zero byte`() {
    #expect(read(#""a\0b""#).events.dropFirst(2).first == "1:1 scalar(plain: false) a\0b")
  }

  @Test(arguments: [1 << 16, 2, 1])
  func `a byte order mark is skipped only at the start`(chunkSize: Int) {
    let (events, error) = read("\u{FEFF}a: 1\nb: 2\n", chunkSize: chunkSize)
    #expect(error == nil)
    #expect(events.contains("1:1 scalar(plain: true) a"))
    #expect(events.contains("2:1 scalar(plain: true) b"))
    #expect(read("\u{FEFF}", chunkSize: chunkSize).events == ["1:1 streamStart"])
    #expect(read(Array("\u{FEFF}".utf8.prefix(2)), chunkSize: chunkSize).error != nil)
    let inside = read("a: \u{FEFF}b\n", chunkSize: chunkSize)
    #expect(inside.error != nil || inside.events.contains("1:4 scalar(plain: true) \u{FEFF}b"))
  }

  @Test func `a syntax error has its position and libyaml's message`() {
    let error = read("a: b\nc: d: e\n").error
    #expect(error?.mark == Mark(line: 2, column: 5))
    guard case .syntax(let words)? = error?.kind else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(words.contains("mapping values are not allowed"))
  }

  @Test(arguments: [1 << 16, 1])
  func `a byte that is not UTF-8 has its position`(chunkSize: Int) {
    let error = read(Array("é: x\nab".utf8) + [0xFF], chunkSize: chunkSize).error
    #expect(error?.mark == Mark(line: 2, column: 3))
    guard case .encoding? = error?.kind else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `depth, values and texts are bounded, and those within bounds are read`() {
    var limits = YAMLParser.Limits()
    limits.depth = 3
    limits.valueBytes = 100_000
    limits.totalBytes = 300_000
    func error(_ text: String) -> YAMLError.Kind? {
      read(Array(text.utf8), limits: limits).error?.kind
    }
    #expect(error("[[[]]]") == nil)
    #expect(error("[[[[]]]]") == .tooDeep(3))
    #expect(error("[[[]], [[]], {a: []}]") == nil)
    #expect(error("'" + String(repeating: "x", count: 60_000) + "'") == nil)
    #expect(error("'" + String(repeating: "x", count: 140_000) + "'") == .valueTooLong(100_000))
    #expect(error(String(repeating: "- x\n", count: 70_000)) == nil)
    #expect(error(String(repeating: "- x\n", count: 80_000)) == .tooLong(300_000))
  }

  @Test func `a failing source ends the parsing with its message`() {
    let source = ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      if !chunk.isEmpty { throw ReadFailure(message: "Input/output error") }
      chunk = Array("a: 'b".utf8)
    }
    let error = #expect(throws: YAMLError.self) {
      var parser = try YAMLParser(source)
      while try parser.next() != .streamEnd {}
    }
    #expect(error?.kind == .unreadable("Input/output error"))
  }
}

extension YAMLParser.Event {
  fileprivate var isScalar: Bool {
    if case .scalar = self { true } else { false }
  }
}
