internal import PruneCore
internal import Bytes

/// Everything that a run has written to its journal, kept in memory: whatever happens to the file,
/// the run knows to the end what it sent. A user takes about 20 bytes (with an id of 12).
package struct JournalCopy: Sendable {
  /// The header's line, then those of records, in the chunks in which they were written.
  private var portions: [[UInt8]]
  /// How many bytes the journal has.
  private(set) var bytes: Int
  /// Whether the journal's file contains all of it, durably.
  package var isOnDisk = true

  init(_ header: JournalHeader) {
    var line: [UInt8] = []
    header.append(to: &line)
    portions = [line]
    bytes = line.count
  }

  mutating func append(_ portion: [UInt8]) {
    // An empty chunk would end the source.
    if portion.isEmpty { return }
    portions.append(portion)
    bytes += portion.count
  }

  /// The complete journal, as its file should have it.
  var source: ByteSource {
    var rest = portions[...]
    return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      chunk = rest.popFirst() ?? []
    }
  }
}
