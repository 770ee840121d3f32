internal import Bytes

/// Supplies the parser: splits a source's chunks into the sizes that libyaml asks for, and bounds
/// them.
final class Feed {
  /// Why it returns no more bytes.
  enum Refusal {
    case unreadable(String)
    case tooLong
    case valueTooLong
    case lineBreak(YAMLError)
  }

  /// How many bytes it may return before the next event. It is set millions of times and never
  /// while it is read, so exclusivity needs no check.
  @exclusivity(unchecked) var allowance = 0
  private(set) var refusal: Refusal?

  /// The position after the returned bytes.
  var end: Mark { lineBreaks.mark }

  private let source: ByteSource
  private var chunk: [UInt8] = []
  private var position = 0
  private var remaining: Int
  private var isStarted = false
  private var lineBreaks = LineBreaks()

  init(_ source: ByteSource, totalBytes: Int) {
    self.source = source
    remaining = totalBytes
  }

  /// Copies the next bytes; 0 at the end, nil when refused.
  func copy(into target: UnsafeMutableRawBufferPointer) -> Int? {
    do throws(ReadFailure) {
      if !isStarted { try start() }
      if position == chunk.count {
        position = 0
        try source.read(into: &chunk)
      }
    } catch {
      refusal = .unreadable(error.message)
      return nil
    }
    let count = min(target.count, chunk.count - position)
    remaining -= count
    unsafe allowance -= count
    if remaining < 0 {
      refusal = .tooLong
      return nil
    }
    if unsafe allowance < 0 {
      refusal = .valueTooLong
      return nil
    }
    do throws(YAMLError) {
      try lineBreaks.scan(chunk.span.extracting(position..<(position + count)))
      if count == 0 { try lineBreaks.finish() }
    } catch {
      refusal = .lineBreak(error)
      return nil
    }
    unsafe chunk.withUnsafeBytes { bytes in
      unsafe target.copyMemory(from: .init(rebasing: bytes[position..<(position + count)]))
    }
    position += count
    return count
  }

  /// Skips a byte order mark: with an explicit encoding, libyaml would count it as a column and see
  /// the first line as indented.
  private func start() throws(ReadFailure) {
    isStarted = true
    var piece: [UInt8] = []
    repeat {
      try source.read(into: &piece)
      chunk.append(contentsOf: piece)
    } while chunk.count < 3 && !piece.isEmpty
    if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }
}
