private import CCrypto

/// Keyed hashing, RFC 2104 with SHA-256.
package enum HMACSHA256 {
  /// The code that authenticates `message` under `key`; either may be empty.
  package static func authenticate(message: [UInt8], key: [UInt8]) -> SHA256Digest {
    unsafe SHA256Digest { output in
      let result = unsafe HMAC(
        EVP_sha256(), key, Int32(clamping: key.count), message, message.count, output, nil)
      unsafe precondition(result != nil, "libcrypto: HMAC-SHA256 failed")
    }
  }
}

/// Whether `a` and `b` contain the same bytes, in a time that depends only on their length.
///
/// Use it wherever one side is a secret or is derived from one.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  guard a.count == b.count else { return false }
  return unsafe CRYPTO_memcmp(a, b, a.count) == 0
}
