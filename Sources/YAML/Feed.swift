internal import Bytes

/// The parser's supply: cuts a source's chunks to the sizes that libyaml asks for, and bounds them.
final class Feed {
  /// Why no more bytes are given out.
  enum Refusal {
    case unreadable(String)
    case tooLong
    case valueTooLong
    case lineBreak(YAMLError)
  }

  /// Bytes that may still be given out before the next event. Set millions of times, and never
  /// while it is read: nothing is to be checked.
  @exclusivity(unchecked) var allowance = 0
  private(set) var refusal: Refusal?

  /// Where what has been given out ends.
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

  /// Passes over a byte order mark: libyaml, told the encoding, would count it as a column and see
  /// the first line indented.
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
