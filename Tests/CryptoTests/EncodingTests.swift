import Crypto
import Testing

@Suite struct EncodingTests {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func `Base64 gives the texts of RFC 4648`(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == Array(encoded.utf8))
    #expect(Base64.decode(Array(encoded.utf8)) == Array(text.utf8))
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "====", "Z===", "=Zg=", "Zh==", "Zm9=", "Zm8 ", "Zm8\n", "Zm-v",
    "Zm9v\n", "Zg==Zg==",
  ])
  func `non-canonical Base64 is refused`(text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }

  @Test func `the service's alphabet replaces three characters`() {
    let bytes: [UInt8] = [0xfb, 0xef, 0xff, 0xfe]
    #expect(Base64.encode(bytes) == Array("++///g==".utf8))
    #expect(UserSigBase64.encode(bytes) == Array("**---g__".utf8))
    #expect(UserSigBase64.decode(Array("**---g__".utf8)) == bytes)
    #expect(UserSigBase64.decode(Array("++///g==".utf8)) == nil)
  }

  @Test func `bytes of every length round-trip through both alphabets and zlib`() throws {
    for count in 0..<200 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(UserSigBase64.decode(UserSigBase64.encode(bytes)) == bytes)
      #expect(try Zlib.inflate(Zlib.deflate(bytes), limit: 200) == bytes)
    }
  }

  @Test func `inflate stops exactly at its limit`() throws {
    let content = [UInt8](repeating: 7, count: 100_000)
    let stream = try Zlib.deflate(content)
    #expect(try Zlib.inflate(stream, limit: 100_000) == content)
    #expect(throws: ZlibError.tooLong(limit: 99_999)) {
      try Zlib.inflate(stream, limit: 99_999)
    }
    #expect(throws: ZlibError.tooLong(limit: 0)) { try Zlib.inflate(stream, limit: 0) }
    #expect(try Zlib.inflate(Zlib.deflate([]), limit: 0).isEmpty)
  }

  @Test func `inflate refuses anything but one complete stream`() throws {
    let stream = try Zlib.deflate(Array("a reviewed list of users".utf8))
    var damaged = stream
    damaged[damaged.count - 1] ^= 1
    #expect(throws: ZlibError.corrupt) { try Zlib.inflate([], limit: 100) }
    #expect(throws: ZlibError.corrupt) { try Zlib.inflate(damaged, limit: 100) }
    #expect(throws: ZlibError.corrupt) { try Zlib.inflate([1, 2, 3, 4], limit: 100) }
    for length in 1..<stream.count {
      #expect(throws: ZlibError.corrupt) {
        try Zlib.inflate(Array(stream.prefix(length)), limit: 100)
      }
    }
    #expect(throws: ZlibError.trailingBytes(count: 2)) {
      try Zlib.inflate(stream + [0, 0], limit: 100)
    }
  }
}
