import Crypto

/// The fields of a UserSig (docs/service.md, "UserSig").
struct UserSig {
  private let identifier: [UInt8]
  private let app: Int
  private let time: Int
  private let expire: Int
  private let userBuffer: [UInt8]?
  private let signature: [UInt8]
  /// Whether its first block is stored, not compressed (RFC 1951, 3.2.3).
  let isStored: Bool

  /// The JSON of a UserSig is some 200 bytes long; this leaves room for a user buffer.
  private static let contentLimit = 4096

  /// Unpacks `text`.
  ///
  /// - Throws: 70003 for anything that is no UserSig of version 2.0.
  init(_ text: [UInt8]) throws(Refusal) {
    guard let stream = UserSigBase64.decode(text),
      let content = try? Zlib.inflate(stream, limit: Self.contentLimit),
      let fields = JSONValue(content),
      fields["TLS.ver"]?.string == Array("2.0".utf8),
      let identifier = fields["TLS.identifier"]?.string,
      let app = fields["TLS.sdkappid"]?.integer,
      let time = fields["TLS.time"]?.integer,
      let expire = fields["TLS.expire"]?.integer,
      let encodedSignature = fields["TLS.sig"]?.string,
      let signature = Base64.decode(encodedSignature)
    else { throw .illegalUserSig }
    isStored = stream.count > 2 && stream[2] & 0b110 == 0
    self.identifier = identifier
    self.app = app
    self.time = time
    self.expire = expire
    self.signature = signature
    userBuffer = fields["TLS.userbuf"]?.string
  }

  /// Checks that the signature is `identifier`'s for `app`, made with `key` and not expired.
  ///
  /// - Throws: 70013, 70014, 70009 or 70001, the first that applies.
  func verify(
    identifier: [UInt8], app: Int, key: [UInt8], unixTime: Int
  ) throws(Refusal) {
    guard self.identifier == identifier else { throw .otherIdentifier }
    guard self.app == app else { throw .otherApp }
    let expected = HMACSHA256.authenticate(message: signedContent, key: key)
    guard constantTimeEqual(expected.bytes, signature) else { throw .failedUserSig }
    // Valid up to and including the last second, as the official verifier has it.
    let (end, overflow) = time.addingReportingOverflow(expire)
    guard !overflow, unixTime <= end else { throw .expiredUserSig }
  }

  private var signedContent: [UInt8] {
    var content = Array("TLS.identifier:".utf8) + identifier
    content += "\nTLS.sdkappid:\(app)\nTLS.time:\(time)\nTLS.expire:\(expire)\n".utf8
    if let userBuffer {
      content += Array("TLS.userbuf:".utf8) + userBuffer + [UInt8(ascii: "\n")]
    }
    return content
  }
}
