import Bytes
import Crypto
import JSON
import PruneCore

/// What a document of imprune in GitLab begins with. A document is JSON, because GitLab takes nothing
/// else, with the bytes of a state or of an entry of its log in gzip and Base64:
///
/// ```
/// {"serial": 12, "format": 1, "log": 7, "save": "8f2c41d09ab3-2", "imprune": "H4sIAAAA..."}
/// ```
struct GitLabHead: Equatable, Sendable {
  /// By which GitLab numbers the versions of a state.
  var serial: UInt32
  /// The last entry of the log that the state contains; nil in an entry.
  var log: LogIndex?
  /// Nil in an entry.
  var save: StoredState.Save?

  /// GitLab keeps a serial in four bytes, with a sign.
  static let maxSerial = UInt32(Int32.max)
  fileprivate static let format = 1

  fileprivate enum Key: String, CaseIterable, Sendable {
    case serial, format, log, save, imprune
  }

  /// Up to where the Base64 begins.
  var bytes: [UInt8] {
    var json = JSONText()
    json.object { json in
      json.field(Key.serial.rawValue, serial)
      json.field(Key.format.rawValue, Self.format)
      if let log { json.field(Key.log.rawValue, log.number) }
      if let save { json.field(Key.save.rawValue, save.description) }
      json.field(Key.imprune.rawValue, "")
    }
    return json.bytes.dropLast(Self.ending.count)
  }

  /// What `bytes` and the Base64 are followed by.
  static let ending = Array("\"}".utf8)
  fileprivate static let marker = Array("\"\(Key.imprune.rawValue)\": \"".utf8)
}

/// Why a document in GitLab cannot be used.
enum GitLabDocumentError: Error, Equatable, Sendable {
  /// It is not from imprune.
  case foreign
  /// It has this format, which is newer.
  case newer(Int)
  case damaged(String)
}

/// Writes a document piece by piece, so that a state need not be in memory.
struct GitLabDocumentWriter: ~Copyable {
  private let head: GitLabHead
  private var deflater = Deflater()
  private var encoder = Base64.Encoder()

  init(_ head: GitLabHead) {
    self.head = head
  }

  /// The first bytes of the document.
  var start: [UInt8] { head.bytes }

  /// Appends bytes to the content; returns what is ready of the document.
  mutating func update(_ bytes: [UInt8]) -> [UInt8] {
    let compressed = deflater.update(bytes)
    return encoder.update(compressed)
  }

  /// The last bytes of the document.
  consuming func finalize() -> [UInt8] {
    var encoder = encoder
    let last = encoder.update(deflater.finalize())
    return last + encoder.finalize() + GitLabHead.ending
  }

  /// A whole document.
  static func document(_ head: GitLabHead, _ bytes: [UInt8]) -> [UInt8] {
    var writer = GitLabDocumentWriter(head)
    let start = writer.start + writer.update(bytes)
    return start + writer.finalize()
  }
}

/// Finds the head in the first bytes of a document.
struct GitLabHeadReader: Sendable {
  private static let maxBytes = 1024
  private static let keys = KeyTable<GitLabHead.Key>("document")

  private var text: [UInt8] = []
  private(set) var head: GitLabHead?

  /// Takes the next bytes; returns those behind the head.
  mutating func update(_ bytes: [UInt8]) throws(GitLabDocumentError) -> [UInt8] {
    if head != nil { return bytes }
    text += bytes
    let front = text.prefix(Self.maxBytes)
    let marker = GitLabHead.marker
    guard let start = front.indices.first(where: { front[$0...].starts(with: marker) }) else {
      if text.count >= Self.maxBytes { throw .foreign }
      return []
    }
    let end = start + marker.count
    head = try Self.parse(Array(text[..<end]) + GitLabHead.ending)
    defer { text = [] }
    return Array(text[end...])
  }

  private static func parse(_ text: [UInt8]) throws(GitLabDocumentError) -> GitLabHead {
    var head = GitLabHead(serial: 0)
    var format = 0
    do throws(JSONError) {
      var json = JSONReader(text)
      try json.object(keys) { (json, key) throws(JSONError) in
        switch key {
        case .serial: head.serial = try json.integer()
        case .format: format = try json.integer()
        case .log:
          guard let log = LogIndex(try json.integer()) else { throw JSONError() }
          head.log = log
        case .save: head.save = StoredState.Save(stored: try json.string())
        case .imprune: try json.skip()
        }
      }
      try json.end()
    } catch {
      throw .foreign
    }
    if format > GitLabHead.format { throw .newer(format) }
    guard format == GitLabHead.format, (1...GitLabHead.maxSerial).contains(head.serial) else {
      throw .foreign
    }
    return head
  }
}
