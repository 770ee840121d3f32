internal import CCrypto

/// Restores the content of one gzip member (RFC 1952) that is given piece by piece.
@safe package struct Inflater: ~Copyable {
  private let stream: ZlibStream
  private let limit: Int
  private var count = 0

  /// Whether the member is complete, and its checksum right.
  package private(set) var isComplete = false

  /// Starts a member whose content may have at most `limit` bytes.
  package init(limit: Int) {
    self.limit = limit
    stream = ZlibStream()
    let code = unsafe inflateInit2_(
      stream.pointer, ZlibStream.gzip, ZLIB_VERSION, ZlibStream.size)
    precondition(code == Z_OK, "zlib: no memory to restore")
  }

  deinit {
    unsafe inflateEnd(stream.pointer)
  }

  /// The next bytes of the content; they may be a thousand times as many as the given ones.
  ///
  /// - Throws: `tooLong` beyond the limit; `corrupt` or `trailingBytes` for a bad member. It must not
  ///   be used after that.
  package mutating func update(_ bytes: [UInt8]) throws(ZlibError) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    guard !isComplete else { throw .trailingBytes(count: bytes.count) }
    var output: [UInt8] = []
    let code = stream.run(on: bytes, into: &output, limit: limit - count) {
      unsafe inflate(stream.pointer, Z_NO_FLUSH)
    }
    count += output.count
    guard count <= limit else { throw .tooLong(limit: limit) }
    switch code {
    case Z_STREAM_END:
      isComplete = true
      let rest = stream.unread
      guard rest == 0 else { throw .trailingBytes(count: rest) }
    // Z_BUF_ERROR says that all bytes are read and all output is given.
    case Z_OK, Z_BUF_ERROR: break
    default: throw ZlibError(code)
    }
    return output
  }
}
