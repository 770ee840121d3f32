package import Bytes

/// Opens the lists that a manifest names; the engine keeps it inside the manifest's folder.
package struct ListOpener {
  /// A list ready to be read.
  package struct List {
    package var source: ByteSource
    /// The path as shown to people.
    package var name: String
    package var bytes: Int

    package init(source: ByteSource, name: String, bytes: Int) {
      self.source = source
      self.name = name
      self.bytes = bytes
    }
  }

  package let open: (_ path: String) throws(ListRefusal) -> List

  package init(_ open: @escaping (_ path: String) throws(ListRefusal) -> List) {
    self.open = open
  }
}

/// Why a list is not read (docs/architecture.md, "Manifest").
package enum ListRefusal: Error, Equatable, Sendable {
  case missing
  /// Once links are resolved, the file lies outside the manifest's folder.
  case outside
  /// A folder, a FIFO, a device...: the words for it, such as "a folder".
  case notRegular(String)
  /// Larger than this many bytes.
  case tooLarge(Int)
  /// The operating system's words.
  case unreadable(String)
}
