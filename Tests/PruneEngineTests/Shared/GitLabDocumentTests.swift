import Crypto
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// Documents in which a GitLab keeps states and entries.
@Suite struct GitLabDocumentTests {
  private static let head = GitLabHead(
    serial: 12, log: LogIndex(7), save: .init(RunID(0x8f2c_41d0_9ab3), 2))
  private static let content = (0..<100_000).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 9) }

  private func read(
    _ document: [UInt8], in pieces: Int, limit: Int = 1 << 20
  ) throws(GitLabDocumentError) -> (GitLabHead, [UInt8]) {
    var reader = GitLabDocumentReader(limit: limit)
    var content: [UInt8] = []
    var rest = document[...]
    while !rest.isEmpty {
      content += try reader.update(Array(rest.prefix(pieces)))
      rest = rest.dropFirst(pieces)
    }
    return (try reader.finish(), content)
  }

  @Test(arguments: [1, 2, 3, 1000, 1 << 20]) func `a document in any pieces`(size: Int) throws {
    let document = GitLabDocumentWriter.document(Self.head, Self.content)
    let (head, content) = try read(document, in: size)
    #expect(head == Self.head && content == Self.content)
    let entry = GitLabHead(serial: 3)
    #expect(try read(GitLabDocumentWriter.document(entry, []), in: size) == (entry, []))
  }

  @Test func `a document is this text`() throws {
    let text = String(decoding: GitLabDocumentWriter.document(Self.head, [1, 2, 3]), as: UTF8.self)
    #expect(
      text.hasPrefix(
        #"{"serial": 12, "format": 1, "log": 7, "save": "8f2c41d09ab3-2", "imprune": "H4sI"#))
    #expect(text.hasSuffix("\"}"))
    // As another program may write it.
    let other = text.dropFirst().dropLast().replacing(", ", with: ",\n  ")
    #expect(try read(Array("{\n  \(other)\n}\n".utf8), in: 9).1 == [1, 2, 3])
  }

  @Test(arguments: [
    "", "{", "{}", "null", #"{"version": 4, "serial": 1, "lineage": "x", "resources": []}"#,
    #"{"serial": 1, "imprune": "H4sI"}"#, #"{"serial": 1, "format": 0, "imprune": ""}"#,
    #"{"serial": 0, "format": 1, "imprune": ""}"#, #"{"serial": -1, "format": 1, "imprune": ""}"#,
    #"{"serial": 2147483648, "format": 1, "imprune": ""}"#,
    #"{"serial": 1, "serial": 1, "format": 1, "imprune": ""}"#,
    #"{"serial": 1, "format": 1, "log": 100000000, "imprune": ""}"#,
    #"{"a": {"serial": 1, "format": 1, "imprune": ""}}"#, #"["imprune": ""]"#,
    "<html>" + String(repeating: " ", count: 2000),
    #"{"serial": 1, "format": 1, "a": ""# + String(repeating: "a", count: 1024),
  ])
  func `what is not from imprune`(text: String) {
    #expect(throws: GitLabDocumentError.foreign) { try read(Array(text.utf8), in: 50) }
  }

  @Test func `a newer format is named, whatever else it has`() {
    let text = #"{"serial": 1, "format": 2, "new": [{}], "imprune": "?"}"#
    #expect(throws: GitLabDocumentError.newer(2)) { try read(Array(text.utf8), in: 50) }
  }

  @Test func `a document that is cut off or changed is damaged`() throws {
    let document = GitLabDocumentWriter.document(Self.head, Array("some state".utf8))
    for length in document.indices {
      #expect(throws: GitLabDocumentError.self) { try read(Array(document.prefix(length)), in: 7) }
    }
    let text = String(decoding: document, as: UTF8.self)
    let changes = [
      ("H4sI", "H4sJ"), ("H4sI", "H4s "), ("H4sI", "H4sI\\n"), ("H4sI", "H4sIH4sI"), ("==\"", "\""),
      ("\"}", "\"},"), ("\"}", "\"}}"), ("\"}", "\", \"a\": 1}"), ("\"}", "AAAA\"}"),
      ("\"}", "\"}" + String(repeating: " ", count: 99)),
    ]
    for (old, new) in changes where text.contains(old) {
      let changed = Array(text.replacing(old, with: new).utf8)
      #expect(throws: GitLabDocumentError.self, "\(new)") { try read(changed, in: 10) }
    }
  }

  @Test func `a bomb is stopped at the limit`() throws {
    let bomb = GitLabDocumentWriter.document(Self.head, [UInt8](repeating: 0, count: 1 << 22))
    #expect(bomb.count < 10_000)
    #expect(throws: GitLabDocumentError.damaged("the content is longer than 1000000 bytes")) {
      try read(bomb, in: 1000, limit: 1_000_000)
    }
  }

  @Test func `random changes are never read as something else`() throws {
    var random = SplitMix64(seed: 5)
    let document = GitLabDocumentWriter.document(Self.head, Array(Self.content.prefix(200)))
    for _ in 0..<5000 {
      var bytes = random.oneIn(8) ? [] : document
      for _ in 0...random.below(4) {
        let index = random.below(bytes.count + 1)
        switch random.below(3) {
        case 0: bytes.insert(UInt8(random.below(256)), at: index)
        case 1: bytes.removeSubrange(index..<min(index + random.below(20), bytes.count))
        default: if index < bytes.count { bytes[index] ^= 1 << UInt8(random.below(8)) }
        }
      }
      guard let (_, content) = try? read(bytes, in: 1 + random.below(300)) else { continue }
      // The checksum covers the content, and not the head.
      #expect(content == Array(Self.content.prefix(200)))
    }
  }
}
