import Crypto
import Testing

@Suite struct HashTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `SHA-256 gives the digests of FIPS 180-4`(text: String, hex: String) {
    #expect(SHA256.hash(Array(text.utf8)).description == hex)
  }

  @Test func `a million letters in uneven pieces hash like one text`() {
    var hash = SHA256()
    var left = 1_000_000
    var size = 1
    while left > 0 {
      let piece = min(size, left)
      hash.update([UInt8](repeating: UInt8(ascii: "a"), count: piece))
      left -= piece
      size = size * 3 % 4099
    }
    #expect(
      hash.finalize().description
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func `a digest round-trips through hex and bytes`() throws {
    let digest = SHA256.hash(Array("abc".utf8))
    #expect(SHA256Digest(hex: digest.description) == digest)
    #expect(SHA256Digest(bytes: digest.bytes) == digest)
    #expect(digest.bytes.count == SHA256Digest.byteCount)
    #expect(digest.bytes.first == 0xba)
    #expect(digest.bytes.last == 0xad)
  }

  @Test(arguments: [
    "", "ba78", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
    String(repeating: "A", count: 64), String(repeating: "g", count: 64),
  ])
  func `a digest is read from 64 lower-case digits only`(hex: String) {
    #expect(SHA256Digest(hex: hex) == nil)
  }

  @Test func `a digest is read from 32 bytes only`() {
    #expect(SHA256Digest(bytes: [UInt8](repeating: 0, count: 31)) == nil)
    #expect(SHA256Digest(bytes: [UInt8](repeating: 0, count: 33)) == nil)
  }

  /// RFC 4231, cases 1 to 4, 6 and 7 (5 is about truncation), and the empty key and message.
  static let hmacVectors: [(key: [UInt8], message: [UInt8], hex: String)] = [
    (
      [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      Array(1...25), [UInt8](repeating: 0xcd, count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      Array(
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
    ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ]

  @Test(arguments: hmacVectors)
  func `HMAC-SHA-256 gives the codes of RFC 4231`(
    vector: (key: [UInt8], message: [UInt8], hex: String)
  ) {
    let code = HMACSHA256.authenticate(message: vector.message, key: vector.key)
    #expect(code.description == vector.hex)
  }

  @Test func `the constant-time comparison compares length and content`() {
    #expect(constantTimeEqual([], []))
    #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
  }

  @Test func `CRC-32 gives the check value, whole or in pieces`() {
    #expect(CRC32.checksum([]) == 0)
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xcbf4_3926)
    var sum = CRC32()
    sum.update(Array("1234".utf8))
    sum.update([])
    sum.update(Array("56789".utf8))
    #expect(sum.value == 0xcbf4_3926)
  }

  @Test func `random bytes have the requested count and differ`() {
    #expect(secureRandomBytes(0).isEmpty)
    #expect(secureRandomBytes(32).count == 32)
    #expect(secureRandomBytes(32) != secureRandomBytes(32))
  }
}
