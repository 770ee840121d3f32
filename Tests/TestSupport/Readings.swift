package import PruneCore
internal import Bytes

/// A list in a test: its bytes, or why it cannot be read.
package enum ListFixture: Sendable {
  case text(String)
  case bytes([UInt8])
  /// The bytes, and then the read fails with this message.
  case broken([UInt8], String)
  case refused(ListRefusal)
}

/// Reads a manifest from memory, in chunks of at most `chunkSize` bytes.
package func readManifest(
  _ bytes: [UInt8], name: String = "imprune.yaml", lists: [String: ListFixture] = [:],
  chunkSize: Int = 1 << 16
) -> ManifestReading {
  ManifestReader.read(
    ByteSource(bytes, chunkSize: chunkSize), name: name,
    lists: ListOpener { (path) throws(ListRefusal) in
      let source: ByteSource
      var size = 0
      switch lists[path] {
      case nil: throw .missing
      case .refused(let refusal): throw refusal
      case .text(let text):
        size = text.utf8.count
        source = ByteSource(Array(text.utf8), chunkSize: chunkSize)
      case .bytes(let bytes):
        size = bytes.count
        source = ByteSource(bytes, chunkSize: chunkSize)
      case .broken(let bytes, let words):
        source = brokenSource(bytes, words, chunkSize: chunkSize)
      }
      return ListOpener.List(source: source, name: path, bytes: size)
    })
}

package func readManifest(
  _ text: String, lists: [String: ListFixture] = [:], chunkSize: Int = 1 << 16
) -> ManifestReading {
  readManifest(Array(text.utf8), lists: lists, chunkSize: chunkSize)
}

/// Reads a manifest whose source fails with this message after the bytes.
package func readManifest(broken bytes: [UInt8], words: String) -> ManifestReading {
  ManifestReader.read(
    brokenSource(bytes, words, chunkSize: 1 << 16), name: "imprune.yaml",
    lists: ListOpener { (_) throws(ListRefusal) in throw .missing })
}

/// A complete state in memory.
package struct WholeState: Equatable, Sendable {
  package var header: StateHeader
  package var records: [StateRecord]

  package init(header: StateHeader, records: [StateRecord]) {
    self.header = header
    self.records = records
  }

  /// Reads a state to its verified end.
  package init(_ bytes: [UInt8], chunkSize: Int = 1 << 16) throws(StateError) {
    try self.init(ByteSource(bytes, chunkSize: chunkSize))
  }

  /// Reads a state whose source fails with this message after the bytes.
  package init(broken bytes: [UInt8], words: String) throws(StateError) {
    try self.init(brokenSource(bytes, words, chunkSize: 1 << 16))
  }

  private init(_ source: ByteSource) throws(StateError) {
    var reader = try StateReader(source)
    header = reader.header
    records = []
    while let record = try reader.next() { records.append(record) }
  }

  /// Reads header and records up to the first error, which it returns, or to the verified end.
  package mutating func readRecords(_ bytes: [UInt8]) -> StateError? {
    do throws(StateError) {
      var reader = try StateReader(ByteSource(bytes))
      header = reader.header
      while let record = try reader.next() { records.append(record) }
      return nil
    } catch {
      return error
    }
  }

  /// The state's bytes; the header's count matches the records unless `count` says otherwise.
  package func bytes(count: Int? = nil) -> [UInt8] {
    var header = header
    header.records = count ?? records.count
    var writer = StateWriter(header)
    for record in records { writer.append(record) }
    return writer.finish()
  }

  /// A forecast of folding changes into the state.
  package func forecast(_ changes: [StateChange]) throws(StateError) -> StateForecast {
    try StateForecast(StateReader(ByteSource(bytes())), changes)
  }

  /// The bytes of a save that folds changes into the state.
  package func written(_ changes: [StateChange] = []) throws(StateError) -> [UInt8] {
    var header = header
    header.records = try forecast(changes).records
    var writer = StateWriter(header)
    var cursor = try cursor(changes: changes)
    while try cursor.writeNext(to: &writer) {}
    return writer.finish()
  }

  /// A cursor over the state with changes folded in.
  package func cursor(changes: [StateChange] = []) throws(StateError) -> StateCursor {
    StateCursor(try StateReader(ByteSource(bytes())), changes: changes)
  }
}

/// Plans a manifest against a state, or against none, and applies the guards.
package func makePlan(
  _ manifest: Manifest, _ state: WholeState?, maxRemovals: Int? = nil
) throws(StateError) -> Plan {
  var cursor = if let state { try state.cursor() } else { StateCursor(nil) }
  var plan = try Planner.plan(manifest, state?.header, &cursor)
  Guards.judge(&plan, maxRemovals: maxRemovals)
  return plan
}

private func brokenSource(_ bytes: [UInt8], _ words: String, chunkSize: Int) -> ByteSource {
  let whole = ByteSource(bytes, chunkSize: chunkSize)
  return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
    try whole.read(into: &chunk)
    if chunk.isEmpty { throw ReadFailure(message: words) }
  }
}
