package import Bytes

/// Opens the lists of a manifest; the engine confines it to the manifest's folder.
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

/// Why a list cannot be read (docs/architecture.md, "Manifest").
package enum ListRefusal: Error, Equatable, Sendable {
  case missing
  /// With links resolved, the file is outside the manifest's folder.
  case outside
  /// A folder, a FIFO, a device...: its description, such as "a folder".
  case notRegular(String)
  /// Larger than this many bytes.
  case tooLarge(Int)
  /// The operating system's message.
  case unreadable(String)
}
