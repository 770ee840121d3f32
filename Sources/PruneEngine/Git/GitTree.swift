/// One folder of a commit: the entry of each name.
struct GitTree {
  private let entries: [[UInt8]: Entry]

  struct Entry: Equatable {
    enum Kind: Equatable {
      case file
      case folder
      case link
      /// A commit of another repository.
      case submodule
    }
    var kind: Kind
    /// The object id of the entry.
    var object: String
  }

  init(_ entries: [[UInt8]: Entry]) {
    self.entries = entries
  }

  /// Parses git's format: `MODE NAME<NUL>ID` for each entry, the id as raw bytes; nil for anything
  /// else.
  init?(_ bytes: [UInt8], idBytes: Int) {
    var entries: [[UInt8]: Entry] = [:]
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
        let end = rest[space...].firstIndex(of: 0), rest.endIndex - end > idBytes,
        let mode = UInt32(String(decoding: rest[..<space], as: UTF8.self), radix: 8)
      else { return nil }
      let kind: Entry.Kind
      switch mode & 0o170000 {
      case 0o100000: kind = .file
      case 0o040000: kind = .folder
      case 0o120000: kind = .link
      case 0o160000: kind = .submodule
      default: return nil
      }
      let id = rest[(end + 1)...(end + idBytes)]
      entries[Array(rest[(space + 1)..<end])] = Entry(kind: kind, object: Self.hexadecimal(id))
      rest = rest[(end + 1 + idBytes)...]
    }
    self.entries = entries
  }

  subscript(name: [UInt8]) -> Entry? { entries[name] }

  private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
