import PruneCore
import Testing

/// Entries of the log of a shared state, as they are written and read.
struct LogEntryTests {
  private static let run = RunID(0x8F2C_41D0_9AB3)

  private func index(_ number: UInt64) throws -> LogIndex { try #require(LogIndex(number)) }

  private func holder(_ host: String) -> LogHolder {
    LogHolder(run: Self.run, since: Timestamp(seconds: 1_795_000_000), host: host, job: "apply")
  }

  private func contents() -> [LogEntry.Content] {
    [.open(holder("runner-7")), .records([]), .records(Array("a\nb\n".utf8)), .close]
  }

  @Test func `an entry is read as it was written, at its own index only`() throws {
    for content in contents() {
      let entry = LogEntry(content, of: Self.run, at: try index(17))
      #expect(try LogEntry(entry.bytes, at: index(17)) == entry)
      #expect(throws: LogError.damaged(try index(18))) { try LogEntry(entry.bytes, at: index(18)) }
    }
  }

  @Test func `no changed byte and no cut is read`() throws {
    for content in contents() {
      let bytes = LogEntry(content, of: Self.run, at: try index(3)).bytes
      let line = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
      for place in 0...line {
        var changed = bytes
        changed[place] ^= 1
        #expect(throws: LogError.self) { try LogEntry(changed, at: index(3)) }
      }
      for count in 0..<bytes.count {
        #expect(throws: LogError.self) { try LogEntry(Array(bytes[..<count]), at: index(3)) }
      }
      #expect(throws: LogError.self) { try LogEntry(bytes + [0], at: index(3)) }
    }
  }

  @Test func `a holder has no text that a terminal would not show as it is`() throws {
    let hostile = "a\u{1B}[2Jb\u{9B}c\u{202E}d\ne\tf" + String(repeating: "x", count: 500)
    let entry = LogEntry(.open(holder(hostile)), of: Self.run, at: try index(1))
    guard case .open(let read) = try LogEntry(entry.bytes, at: index(1)).content else {
      Issue.record("it is another entry")
      return
    }
    #expect(read.host.hasPrefix("a [2Jb c d e fxxx") && read.host.utf8.count <= 200)
  }

  @Test func `a run may follow only a run that is over or dead, with its own entries`() throws {
    var log = RunLog(after: .start)
    let other = RunID(7)
    #expect(throws: LogError.hole(try index(1))) {
      try log.add(LogEntry(.close, of: Self.run, at: index(2)))
    }
    #expect(throws: LogError.misplaced(try index(1), other)) {
      try log.add(LogEntry(.records([1]), of: other, at: index(1)))
    }
    try log.add(LogEntry(.open(holder("a")), of: Self.run, at: index(1)))
    try log.add(LogEntry(.records([1, 2]), of: Self.run, at: index(2)))
    #expect(throws: LogError.misplaced(try index(3), other)) {
      try log.add(LogEntry(.records([1]), of: other, at: index(3)))
    }
    #expect(log.holder?.run == Self.run && log.portions.map(\.journal) == [[1, 2]])
    try log.add(LogEntry(.close, of: Self.run, at: index(3)))
    #expect(try log.holder == nil && log.opens == [index(1)])
  }
}
