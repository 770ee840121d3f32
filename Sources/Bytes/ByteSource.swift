/// Bytes that arrive in chunks: a file in the tool, an array in tests.
///
/// Readers pull from it, so that no document is ever held whole in memory.
public struct ByteSource {
  private let fill: (inout [UInt8]) throws(ReadFailure) -> Void

  /// Makes a source from a closure that replaces the chunk's content with the next bytes, and
  /// leaves it empty at the end.
  public init(_ fill: @escaping (inout [UInt8]) throws(ReadFailure) -> Void) {
    self.fill = fill
  }

  /// Makes a source of bytes already in memory, handed out in chunks of at most `chunkSize`.
  public init(_ bytes: [UInt8], chunkSize: Int = 1 << 16) {
    var position = 0
    self.init { (chunk: inout [UInt8]) throws(ReadFailure) in
      let end = min(position + chunkSize, bytes.count)
      chunk.removeAll(keepingCapacity: true)
      chunk.append(contentsOf: bytes[position..<end])
      position = end
    }
  }

  /// These bytes, and then those of another source.
  public func followed(by next: ByteSource) -> ByteSource {
    var isFirst = true
    return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      if isFirst {
        try self.read(into: &chunk)
        if !chunk.isEmpty { return }
        isFirst = false
      }
      try next.read(into: &chunk)
    }
  }

  /// The first bytes, at least `count` of them unless the source ends or fails before, and a source
  /// that gives these and all others.
  public func peeked(_ count: Int) -> (first: [UInt8], whole: ByteSource) {
    var first: [UInt8] = []
    var chunk: [UInt8] = []
    do throws(ReadFailure) {
      repeat {
        try read(into: &chunk)
        first.append(contentsOf: chunk)
      } while first.count < count && !chunk.isEmpty
    } catch {
      // Told when a reader comes to it, behind the bytes that could be read.
      let failing = ByteSource { (_: inout [UInt8]) throws(ReadFailure) in throw error }
      return (first, ByteSource(first, chunkSize: max(1, first.count)).followed(by: failing))
    }
    return (first, ByteSource(first, chunkSize: max(1, first.count)).followed(by: self))
  }

  /// Replaces the content of `chunk` with the next bytes; empty means the end.
  public func read(into chunk: inout [UInt8]) throws(ReadFailure) {
    try fill(&chunk)
  }
}

/// A source could not be read to its end; the message is the operating system's.
public struct ReadFailure: Error, Equatable, Sendable {
  public let message: String

  public init(message: String) {
    self.message = message
  }
}
