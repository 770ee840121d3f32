private import CCrypto

/// Whole-buffer compression in the zlib format (RFC 1950), the one inside a UserSig.
package enum Zlib {
  /// `bytes` as one complete zlib stream; `stored` makes one of blocks that are not compressed.
  ///
  /// - Throws: `outOfMemory`.
  package static func deflate(
    _ bytes: [UInt8], stored: Bool = false
  ) throws(ZlibError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: Int(compressBound(UInt(bytes.count))))
    var length = UInt(output.count)
    let level = stored ? Z_NO_COMPRESSION : Z_DEFAULT_COMPRESSION
    let code = unsafe compress2(&output, &length, bytes, UInt(bytes.count), level)
    guard code == Z_OK else { throw ZlibError(code) }
    output.removeLast(output.count - Int(length))
    return output
  }

  /// The content of `bytes`, which must be exactly one zlib stream.
  ///
  /// - Parameters:
  ///   - bytes: A whole stream, with nothing after it.
  ///   - limit: The most bytes the content may have. A small stream can hold a thousand times its
  ///     size, so content from outside always needs a bound.
  /// - Throws: `tooLong` beyond `limit`; `corrupt` or `trailingBytes` for a bad stream.
  package static func inflate(_ bytes: [UInt8], limit: Int) throws(ZlibError) -> [UInt8] {
    let limit = max(limit, 0)
    // A first guess of four times the input saves most callers a second pass.
    var capacity = min(max(bytes.count, 256) * 4, limit)
    while true {
      if let content = try inflate(bytes, capacity: capacity) { return content }
      guard capacity < limit else { throw .tooLong(limit: limit) }
      capacity = min(capacity * 4, limit)
    }
  }

  /// The content of the stream, or nil when it is longer than `capacity`.
  private static func inflate(_ bytes: [UInt8], capacity: Int) throws(ZlibError) -> [UInt8]? {
    // One extra byte distinguishes "just full" from "too long".
    var output = [UInt8](repeating: 0, count: capacity + 1)
    var produced = UInt(output.count)
    var consumed = UInt(bytes.count)
    let code = unsafe uncompress2(&output, &produced, bytes, &consumed)
    // zlib returns Z_BUF_ERROR only for a full buffer; a truncated stream is Z_DATA_ERROR.
    guard code != Z_BUF_ERROR else { return nil }
    guard code == Z_OK else { throw ZlibError(code) }
    guard Int(produced) <= capacity else { return nil }
    guard Int(consumed) == bytes.count else {
      throw .trailingBytes(count: bytes.count - Int(consumed))
    }
    output.removeLast(output.count - Int(produced))
    return output
  }
}

/// Why bytes could not be compressed or restored.
package enum ZlibError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes are not a zlib stream, or the stream is truncated or damaged.
  case corrupt
  /// The content is longer than the caller allows.
  case tooLong(limit: Int)
  /// That many bytes follow the end of the stream.
  case trailingBytes(count: Int)
  /// zlib could not allocate memory.
  case outOfMemory

  init(_ code: Int32) {
    self = code == Z_MEM_ERROR ? .outOfMemory : .corrupt
  }

  package var description: String {
    switch self {
    case .corrupt: "not zlib data, or cut short or damaged"
    case .tooLong(let limit): "the content is longer than \(limit) bytes"
    case .trailingBytes(let count): "\(count) bytes follow the compressed data"
    case .outOfMemory: "no memory to compress or restore the data"
    }
  }
}
