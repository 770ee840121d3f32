import Foundation
import PruneCore
import TestSupport
import Testing

/// `imprune tags list`: what a run saved before it cleared tags.
@Suite struct TagsTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  private static let name = "imprune.state.tags-8f2c41d09ab3"

  /// Text that would do harm in a line, in JSON, in a terminal or in the log of a job.
  private static let file = WholeTagFile(users: [
    saved("UserID_1", ["a", "b"]), saved("UserID_2", []),
    saved(
      "zoë 1", ["", "\"", "\\", "\t\n", "\u{1B}[2J", "##[error]x", "::error::x", "😀", "\u{202E}z"]),
    saved("UserID_1", ["a", "e\u{301}", "\u{E9}"], at: 1_795_232_473),
  ])

  private func list(_ bytes: [UInt8], _ flags: String...) throws -> ProcessResult {
    try place.write(Self.name, bytes)
    let process = try ChildProcess(
      Built.imprune, ["tags", "list", Self.name] + flags, in: place.folder)
    return place.end(process)
  }

  /// The document, which must match its schema.
  private func document(_ result: ProcessResult) throws -> JSONValue {
    let document = try JSONValue(Array(result.out.utf8))
    #expect(try ProgramSchema("tags").problems(in: document) == [])
    return document
  }

  // MARK: - Text

  @Test func `the list has the facts of the run and every user with the tags`() throws {
    let result = try list(Self.file.bytes)
    #expect(result.code == 0 && result.error == "")
    #expect(!result.out.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    try place.expect("tags-list", result)
    #expect(place.names == [Self.name])
  }

  @Test func `a long list is shown in part, and whole with --all`() throws {
    var file = Self.file
    file.users = madeIDs(1...1_045).map { saved($0, ["vip"]) }
    let short = try list(file.bytes)
    #expect(short.out.contains("user_0000040") && !short.out.contains("user_0000041"))
    #expect(
      short.out.hasSuffix(
        "  ... 1,005 more; --all shows them ...\n\n1,045 user lines, 1,045 tags.\n")
    )
    let long = try list(file.bytes, "--all")
    #expect(long.out.contains("user_0001045") && !long.out.contains("more;"))
  }

  @Test func `a file of an interrupted run is listed, and the list says so`() throws {
    var file = Self.file
    file.isWhole = false
    for bytes in [file.bytes, file.bytes.dropLast(4), Self.file.bytes.dropLast()] {
      let result = try list(bytes)
      #expect(result.code == 0)
      #expect(result.out.contains("The file has no end line: the run was interrupted"))
    }
    try place.expect("tags-list-interrupted", list(file.bytes.dropLast(4)))
  }

  @Test func `no tag is a command for the runner of GitHub Actions`() throws {
    try place.write(Self.name, Self.file.bytes)
    for format in ["text", "json"] {
      let process = try ChildProcess(
        Built.imprune, ["tags", "list", Self.name, "--format", format], in: place.folder,
        environment: ["GITHUB_ACTIONS": "true"])
      let result = process.end()
      #expect(result.code == 0 && result.out.contains("zoë"))
      #expect(!result.out.contains("##["))
      let lines = result.out.split(separator: "\n")
      #expect(!lines.contains { $0.drop { $0.isWhitespace }.hasPrefix("::") })
    }
  }

  // MARK: - JSON

  @Test func `the JSON has every byte of the tags`() throws {
    let result = try list(Self.file.bytes, "--format", "json")
    #expect(result.code == 0 && result.error == "")
    let document = try document(result)
    #expect(document["app"] == .number(1_400_000_000))
    #expect(document["service"] == .string("loopback"))
    #expect(document["lineage"] == .string("5f0c2a9be1d34788"))
    #expect(document["run"] == .string("8f2c41d09ab3"))
    #expect(document["tags_api"] == .string("all_member_push"))
    #expect(document["user_count"] == .number(4))
    #expect(document["complete"] == .bool(true))
    let users = try #require(document["users"]?.array)
    #expect(users.map { $0["id"]?.string } == Self.file.users.map(\.id.description))
    #expect(users.map { $0["time"]?.string } == Self.file.users.map(\.time.description))
    let tags = users.map { $0["tags"]?.array?.map { Array(($0.string ?? "").utf8) } }
    #expect(tags == Self.file.users.map { $0.tags.map(\.bytes) })
  }

  @Test func `the JSON of an empty or interrupted file is a document too`() throws {
    let empty = try document(list(WholeTagFile(users: []).bytes, "--format", "json"))
    #expect(empty["users"] == .array([]) && empty["complete"] == .bool(true))
    let torn = try document(list(Self.file.bytes.dropLast(), "--format", "json"))
    #expect(torn["user_count"] == .number(4) && torn["complete"] == .bool(false))
  }

  @Test func `many users are written in pieces`() throws {
    var file = Self.file
    file.users = madeIDs(1...30_000).map { saved($0, ["a tag of some length", "b"]) }
    let result = try document(list(file.bytes, "--format", "json"))
    #expect(result["users"]?.array?.count == 30_000 && result["user_count"] == .number(30_000))
  }

  // MARK: - Files that are refused

  @Test func `a damaged file is an error after the lines before the damage`() throws {
    var bytes = Self.file.bytes
    let place = try #require(bytes.firstRange(of: Array("UserID_2".utf8)))
    bytes[place.lowerBound] ^= 1
    let text = try list(bytes)
    #expect(text.code == 1)
    #expect(text.out.contains("UserID_1") && !text.out.contains("user line"))
    try self.place.expect("tags-list-damaged", text)
    let json = try list(bytes, "--format", "json")
    #expect(json.code == 1 && json.error == text.error)
    #expect(throws: (any Error).self) { try JSONValue(Array(json.out.utf8)) }
  }

  @Test(arguments: [
    ("sed -i 's/$/\\r/'", "sed -i 's/\\r$//' FILE", "end with CR LF"),
    ("sed -i '1s/^/\\xEF\\xBB\\xBF/'", "sed -i '1s/^\\xEF\\xBB\\xBF//' FILE", "byte order mark"),
  ])
  func `a converted file is refused with the command that repairs it`(
    damage: String, repair: String, words: String
  ) throws {
    try place.write(Self.name, Self.file.bytes)
    func shell(_ command: String) throws {
      let shell = try ChildProcess("/bin/sh", ["-c", command], in: place.folder)
      #expect(place.end(shell).code == 0)
    }
    try shell("\(damage) \(Self.name)")
    let refused = try list(place.bytes(Self.name))
    #expect(refused.code == 1 && refused.error.contains(words), "\(refused)")
    #expect(refused.error.contains(repair), "\(refused)")
    try shell(repair.replacing("FILE", with: Self.name))
    #expect(try place.bytes(Self.name) == Self.file.bytes)
  }

  @Test func `damage before the first user promises no list`() throws {
    var bytes = Self.file.bytes
    let place = try #require(bytes.firstRange(of: Array("UserID_1".utf8)))
    bytes[place.lowerBound] ^= 1
    let result = try list(bytes)
    #expect(result.code == 1 && result.error.contains("Line 2 of the tag file is damaged"))
    #expect(!result.error.contains("tags list"), "\(result)")
  }

  @Test func `other files are refused, each with its reason`() throws {
    for (bytes, words) in [
      (Array(StateFixture().text.utf8), "not the header of an imprune tag file"),
      (Array(try JournalFixture.lines().joined()), "not the header of an imprune tag file"),
      (Array("{}".utf8), "not the header of an imprune tag file"),
      ([], "empty or ends within its first line"),
      (Array(Self.file.bytes.prefix(30)), "empty or ends within its first line"),
      (Array("53476e34\ttags\t2\t1400000000\n".utf8), "has version 2, but this imprune reads"),
      (Array("00000000\ttags\t2\t1400000000\n".utf8), "Line 1 of the tag file is damaged"),
      (Self.file.bytes + [0], "Line 7 of the tag file is damaged"),
    ] {
      for format in ["text", "json"] {
        let result = try list(bytes, "--format", format)
        #expect(result.code == 1, "\(result)")
        #expect(result.error.contains("Error: imprune cannot use the tag file \(Self.name)"))
        #expect(result.error.contains(words), "\(result)")
      }
    }
  }

  @Test func `a path without a readable file is an error`() throws {
    try place.makeFolder("folder")
    try place.makeFIFO("fifo")
    for (path, words) in [
      ("none", "cannot open none: No such file"), ("folder", "folder is a folder"),
      ("fifo", "fifo is a FIFO"), ("/dev/zero", "/dev/zero is a device"),
    ] {
      let process = try ChildProcess(Built.imprune, ["tags", "list", path], in: place.folder)
      let result = process.end()
      #expect(result.code == 1 && result.out == "", "\(result)")
      #expect(result.error.contains(words), "\(result)")
    }
  }
}
