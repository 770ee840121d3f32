import Bytes
import Crypto

/// Reads a document piece by piece, so that a state need not be in memory.
struct GitLabDocumentReader: ~Copyable {
  private var front = GitLabHeadReader()
  private var decoder = Base64.Decoder()
  private var inflater: Inflater
  /// What is behind the Base64; nil before its end.
  private var end: [UInt8]?
  private static let maxEndBytes = 16

  /// Reads a document whose content has at most `limit` bytes.
  init(limit: Int) {
    inflater = Inflater(limit: limit)
  }

  /// The next bytes of the content; they may be a thousand times as many as the given ones. It must
  /// not be used after an error.
  mutating func update(_ bytes: [UInt8]) throws(GitLabDocumentError) -> [UInt8] {
    let bytes = try front.update(bytes)
    if end != nil {
      try append(bytes[...])
      return []
    }
    let quote = bytes.firstIndex(of: UInt8(ascii: "\""))
    guard let compressed = decoder.update(Array(bytes[..<(quote ?? bytes.count)])) else {
      throw .damaged("it is not Base64")
    }
    if let quote {
      end = []
      try append(bytes[(quote + 1)...])
    }
    do throws(ZlibError) {
      return try inflater.update(compressed)
    } catch {
      throw .damaged(error.description)
    }
  }

  private mutating func append(_ bytes: ArraySlice<UInt8>) throws(GitLabDocumentError) {
    guard (end?.count ?? 0) + bytes.count <= Self.maxEndBytes else {
      throw .damaged("something follows it")
    }
    end?.append(contentsOf: bytes)
  }

  /// What the document says of its content, after the last bytes.
  func finish() throws(GitLabDocumentError) -> GitLabHead {
    guard let head = front.head else { throw .foreign }
    guard let end else { throw .damaged("it is cut off") }
    guard end.filter({ !$0.isBlank }) == [UInt8(ascii: "}")] else {
      throw .damaged("something follows it")
    }
    guard decoder.isComplete, inflater.isComplete else { throw .damaged("it is cut off") }
    return head
  }

  /// The head and the content of a whole document.
  static func read(
    _ document: [UInt8], limit: Int
  ) throws(GitLabDocumentError) -> (head: GitLabHead, content: [UInt8]) {
    var reader = GitLabDocumentReader(limit: limit)
    let content = try reader.update(document)
    return (try reader.finish(), content)
  }
}
