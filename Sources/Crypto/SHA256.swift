private import CCrypto

/// A running SHA-256 (FIPS 180-4) over bytes given piece by piece.
///
/// One owner holds it; `finalize()` consumes it. If memory is short, or libcrypto was built without
/// SHA-256, the process ends, as after a failed Swift allocation: there is no digest to continue
/// with.
@safe package struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// Starts a hash of no bytes.
  package init() {
    guard let context = unsafe EVP_MD_CTX_new(),
      unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    else {
      preconditionFailure("libcrypto: no memory for a SHA-256")
    }
    unsafe self.context = context
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  /// Appends bytes to the hash.
  package mutating func update(_ bytes: Span<UInt8>) {
    let result = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }
    precondition(result == 1, "libcrypto: SHA-256 update failed")
  }

  /// Appends bytes to the hash.
  package mutating func update(_ bytes: [UInt8]) {
    update(bytes.span)
  }

  /// The digest of everything appended so far.
  package consuming func finalize() -> SHA256Digest {
    let context = unsafe self.context
    return unsafe SHA256Digest { output in
      let result = unsafe EVP_DigestFinal_ex(context, output, nil)
      precondition(result == 1, "libcrypto: SHA-256 finalize failed")
    }
  }

  /// The digest of `bytes` in one call.
  package static func hash(_ bytes: Span<UInt8>) -> SHA256Digest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }

  /// The digest of `bytes` in one call.
  package static func hash(_ bytes: [UInt8]) -> SHA256Digest {
    hash(bytes.span)
  }
}
