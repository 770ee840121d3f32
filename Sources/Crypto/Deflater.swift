internal import CCrypto

/// Compresses bytes given piece by piece into one gzip member (RFC 1952).
///
/// One owner holds it; `finalize()` consumes it. The same pieces give the same bytes with the same
/// zlib. If memory is short the process ends, as after a failed Swift allocation.
@safe package struct Deflater: ~Copyable {
  private let stream: ZlibStream

  /// Starts a member without content.
  package init() {
    stream = ZlibStream()
    let code = unsafe deflateInit2_(
      stream.pointer, Z_DEFAULT_COMPRESSION, Z_DEFLATED, ZlibStream.gzip, 8, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, ZlibStream.size)
    precondition(code == Z_OK, "zlib: no memory to compress")
  }

  deinit {
    unsafe deflateEnd(stream.pointer)
  }

  /// Appends bytes to the content; returns what is ready of the member, which may be nothing.
  package mutating func update(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    stream.run(on: bytes, into: &output) { unsafe deflate(stream.pointer, Z_NO_FLUSH) }
    return output
  }

  /// The rest of the member.
  package consuming func finalize() -> [UInt8] {
    var output: [UInt8] = []
    let code = stream.run(on: [], into: &output) { unsafe deflate(stream.pointer, Z_FINISH) }
    precondition(code == Z_STREAM_END, "zlib: the end of a stream is missing")
    return output
  }
}
