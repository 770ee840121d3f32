/// The parser's supply: cuts a source's chunks to the sizes that libyaml asks for, and bounds them.
final class Feed {
  /// Why no more bytes are given out.
  enum Refusal {
    case unreadable(String)
    case tooLong
    case valueTooLong
  }

  /// Bytes that may still be given out before the next event.
  var allowance = 0
  private(set) var refusal: Refusal?

  private let source: ByteSource
  private var chunk: [UInt8] = []
  private var position = 0
  private var remaining: Int

  init(_ source: ByteSource, totalBytes: Int) {
    self.source = source
    remaining = totalBytes
  }

  /// Copies the next bytes; 0 at the end, nil when refused.
  func copy(into target: UnsafeMutableRawBufferPointer) -> Int? {
    if position == chunk.count {
      position = 0
      do throws(ReadFailure) {
        try source.read(into: &chunk)
      } catch {
        refusal = .unreadable(error.message)
        return nil
      }
    }
    let count = min(target.count, chunk.count - position)
    remaining -= count
    allowance -= count
    if remaining < 0 {
      refusal = .tooLong
      return nil
    }
    if allowance < 0 {
      refusal = .valueTooLong
      return nil
    }
    unsafe chunk.withUnsafeBytes { bytes in
      unsafe target.copyMemory(from: .init(rebasing: bytes[position..<(position + count)]))
    }
    position += count
    return count
  }
}
