package import Bytes
internal import CYAML

/// libyaml's event parser: text in chunks to events with positions, one at a time.
///
/// No tree is built. The text of the scalar just read stays in `scalar` until the next call.
/// Depth, length of one value and length of the whole text are bounded, so no input can make
/// the parser use unbounded memory.
@safe package struct YAMLParser: ~Copyable {
  /// Bounds of a text.
  package struct Limits: Sendable {
    /// Levels of nested collections.
    package var depth = 32
    /// Bytes between two events: one value, or one comment.
    package var valueBytes = 1 << 20
    /// Bytes of the whole text.
    package var totalBytes = 2 << 30

    package init() {}
  }

  /// The next event of the text.
  package enum Event: Equatable, Sendable {
    case streamStart
    case documentStart
    case documentEnd
    case streamEnd
    case mappingStart
    case mappingEnd
    case sequenceStart
    case sequenceEnd
    /// A value; `plain` if it has no quotes and is not a block scalar.
    case scalar(plain: Bool)
    /// `*name`; the name is in `scalar`.
    case alias
  }

  /// Text of the last scalar, with escapes resolved, byte for byte.
  package private(set) var scalar: [UInt8] = []
  /// Where the last event begins.
  package private(set) var mark = Mark(line: 1, column: 1)
  /// How many lines the last scalar spans: if more than one, it was folded from them, or is a block
  /// scalar.
  package private(set) var lines: UInt32 = 1
  /// Whether the last event carries an anchor (`&name`).
  package private(set) var isAnchored = false
  /// Whether the last event carries an explicit tag (`!name`).
  package private(set) var isTagged = false

  private let limits: Limits
  private let feed: Feed
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var depth = 0

  package init(_ source: ByteSource, limits: Limits = Limits()) throws(YAMLError) {
    self.limits = limits
    feed = Feed(source, totalBytes: limits.totalBytes)
    unsafe parser = .allocate(capacity: 1)
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      // libyaml has freed what it allocated; deinit runs only for a complete value.
      unsafe parser.deallocate()
      throw YAMLError(kind: .outOfMemory, mark: mark)
    }
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    // The feed outlives the parser: both belong to this value.
    unsafe yaml_parser_set_input(
      parser,
      { context, buffer, size, count in
        guard let context = unsafe context, let buffer = unsafe buffer,
          let count = unsafe count
        else { return 0 }
        let feed = unsafe Unmanaged<Feed>.fromOpaque(context).takeUnretainedValue()
        let target = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: size)
        guard let copied = unsafe feed.copy(into: target) else { return 0 }
        unsafe count.pointee = copied
        return 1
      },
      Unmanaged.passUnretained(feed).toOpaque())
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
  }

  /// Reads the next event. After an error the parser cannot be used.
  package mutating func next() throws(YAMLError) -> Event {
    unsafe feed.allowance = limits.valueBytes
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { unsafe yaml_event_delete(&event) }
    mark = unsafe place(event.start_mark)
    isAnchored = false
    isTagged = false
    switch unsafe event.type {
    case YAML_SCALAR_EVENT:
      lines = unsafe UInt32(clamping: event.end_mark.line - event.start_mark.line + 1)
      let data = unsafe event.data.scalar
      unsafe scalar.replaceSubrange(
        0..., with: UnsafeBufferPointer(start: data.value, count: data.length))
      isAnchored = unsafe data.anchor != nil
      isTagged = unsafe data.tag != nil
      return unsafe .scalar(plain: data.style == YAML_PLAIN_SCALAR_STYLE)
    case YAML_MAPPING_START_EVENT:
      isAnchored = unsafe event.data.mapping_start.anchor != nil
      isTagged = unsafe event.data.mapping_start.tag != nil
      try descend()
      return .mappingStart
    case YAML_SEQUENCE_START_EVENT:
      isAnchored = unsafe event.data.sequence_start.anchor != nil
      isTagged = unsafe event.data.sequence_start.tag != nil
      try descend()
      return .sequenceStart
    case YAML_MAPPING_END_EVENT:
      depth -= 1
      return .mappingEnd
    case YAML_SEQUENCE_END_EVENT:
      depth -= 1
      return .sequenceEnd
    case YAML_ALIAS_EVENT:
      scalar.removeAll(keepingCapacity: true)
      if let name = unsafe event.data.alias.anchor {
        unsafe scalar.append(contentsOf: String(cString: name).utf8)
      }
      return .alias
    case YAML_STREAM_START_EVENT: return .streamStart
    case YAML_DOCUMENT_START_EVENT: return .documentStart
    case YAML_DOCUMENT_END_EVENT: return .documentEnd
    default: return .streamEnd
    }
  }

  private mutating func descend() throws(YAMLError) {
    depth += 1
    if depth > limits.depth {
      throw YAMLError(kind: .tooDeep(limits.depth), mark: mark)
    }
  }

  /// libyaml counts from 0. It also ends a last line without a line break: nothing is there.
  private func place(_ mark: yaml_mark_t) -> Mark {
    let mark = Mark(
      line: UInt32(clamping: mark.line + 1), column: UInt32(clamping: mark.column + 1))
    return unsafe parser.pointee.eof == 0 ? mark : min(mark, feed.end)
  }

  /// Turns libyaml's report, or the feed's own refusal, into our error.
  private func failure() -> YAMLError {
    let here = unsafe place(parser.pointee.mark)
    switch feed.refusal {
    case .unreadable(let message): return YAMLError(kind: .unreadable(message), mark: here)
    case .tooLong: return YAMLError(kind: .tooLong(limits.totalBytes), mark: here)
    case .valueTooLong:
      return YAMLError(kind: .valueTooLong(limits.valueBytes), mark: here)
    case .lineBreak(let error): return error
    case nil: break
    }
    let words =
      unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "unknown problem"
    switch unsafe parser.pointee.error {
    case YAML_MEMORY_ERROR:
      return YAMLError(kind: .outOfMemory, mark: here)
    case YAML_READER_ERROR:
      return YAMLError(kind: .encoding(words), mark: markOfBadByte(from: here))
    default:
      let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) + ": " } ?? ""
      return YAMLError(
        kind: .syntax(context + words), mark: unsafe place(parser.pointee.problem_mark))
    }
  }

  /// libyaml's reader reports only a byte offset; the bad byte follows what it has decoded ahead of
  /// the scanner, so walking over that finds the position.
  private func markOfBadByte(from start: Mark) -> Mark {
    var mark = start
    let buffer = unsafe parser.pointee.buffer
    guard var pointer = unsafe buffer.pointer, let last = unsafe buffer.last else { return mark }
    while unsafe pointer < last {
      let byte = unsafe pointer.pointee
      if byte == UInt8(ascii: "\n") {
        mark.line += 1
        mark.column = 1
      } else if byte & 0xC0 != 0x80 {
        mark.column += 1
      }
      unsafe pointer += 1
    }
    return mark
  }
}
