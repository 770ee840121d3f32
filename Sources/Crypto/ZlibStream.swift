internal import CCrypto

/// The memory of a `z_stream`, which must not move while zlib uses it.
@safe final class ZlibStream {
  let pointer: UnsafeMutablePointer<z_stream>

  static let size = unsafe Int32(MemoryLayout<z_stream>.size)
  /// The largest window, in a gzip member.
  static let gzip = MAX_WBITS + 16
  private static let piece = 1 << 16

  init() {
    unsafe pointer = .allocate(capacity: 1)
    unsafe pointer.initialize(to: z_stream())
  }

  deinit {
    unsafe pointer.deallocate()
  }

  /// How many bytes of the input zlib has not read.
  var unread: Int { unsafe Int(pointer.pointee.avail_in) }

  /// Calls zlib until it has read `bytes` and gives nothing more, or the output is longer than `limit`.
  /// Returns its last code.
  @discardableResult
  func run(
    on bytes: [UInt8], into output: inout [UInt8], limit: Int = .max,
    _ step: () -> Int32
  ) -> Int32 {
    unsafe bytes.withUnsafeBufferPointer { input in
      // zlib only reads what is there.
      unsafe pointer.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe pointer.pointee.avail_in = UInt32(input.count)
      var code = Z_OK
      var isFull = true
      while isFull, code == Z_OK, output.count <= limit {
        output += unsafe [UInt8](unsafeUninitializedCapacity: Self.piece) { room, count in
          unsafe pointer.pointee.next_out = room.baseAddress
          unsafe pointer.pointee.avail_out = UInt32(room.count)
          code = step()
          isFull = unsafe pointer.pointee.avail_out == 0
          count = unsafe room.count - Int(pointer.pointee.avail_out)
        }
      }
      unsafe pointer.pointee.next_in = nil
      unsafe pointer.pointee.next_out = nil
      return code
    }
  }
}
