import Crypto
import Foundation
import PruneCore
import Testing

@testable import PruneEngine

/// Our signatures against the vectors of the official libraries (docs/service.md, "UserSig"): not
/// byte for byte, since key order, spacing and compression are free, but field by field.
@Suite struct UserSigTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var app: UInt32
    var admin: String
    var life: Int
    var time: UInt32
    var key: String
    var mac: String

    var testDescription: String { admin }
  }

  static let vectors = [
    Vector(
      app: 1_400_000_000, admin: "xiaojun", life: 15_552_000, time: 1_700_000_000,
      key: "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
      mac: "LvA7d/Iw7gSsnskvVzBDPOCCDbuNCw4GHwTC0bip+B4="),
    Vector(
      app: 20_012_345, admin: "administrator", life: 86_400, time: 1_735_689_600,
      key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      mac: "qpWpso5HW5LQ0lbnzlm8z0enksOq4bMXNUK/dbbUGdg="),
    Vector(
      app: 1_400_123_456, admin: "user_01-Ops.é中", life: 3600, time: 1_767_225_600,
      key: "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
      mac: "X1zl3g5DqKNp1xyXDvtiomm6fHqSNHbwoJEMgit8ibU="),
  ]

  private func sign(_ vector: Vector) throws -> [String: Any] {
    let signature = try UserSig.sign(
      app: #require(SDKAppID(vector.app)), admin: #require(UserID(vector.admin)),
      key: Secret(vector.key), time: Timestamp(seconds: vector.time), life: vector.life)
    return try fields(signature)
  }

  @Test(arguments: vectors)
  func `a signature has the fields and the HMAC of the official libraries`(
    vector: Vector
  ) throws {
    let fields = try sign(vector)
    #expect(
      Set(fields.keys) == [
        "TLS.ver", "TLS.identifier", "TLS.sdkappid", "TLS.expire", "TLS.time", "TLS.sig",
      ])
    #expect(fields["TLS.ver"] as? String == "2.0")
    #expect(
      (fields["TLS.identifier"] as? String).map { Array($0.utf8) } == Array(vector.admin.utf8))
    #expect(fields["TLS.sdkappid"] as? Int == Int(vector.app))
    #expect(fields["TLS.expire"] as? Int == vector.life)
    #expect(fields["TLS.time"] as? Int == Int(vector.time))
    #expect(fields["TLS.sig"] as? String == vector.mac)
  }

  @Test func `an admin with quotes and backslashes is one JSON string`() throws {
    var vector = Self.vectors[0]
    vector.admin = #"a"b\c"#
    #expect(try sign(vector)["TLS.identifier"] as? String == #"a"b\c"#)
  }

  // MARK: - Renewal

  private func signer(_ credentials: Credentials) throws -> Signer {
    try Signer(
      credentials, app: #require(SDKAppID(1_400_000_000)), admin: #require(UserID("administrator")))
  }

  private func time(_ signature: Secret) throws -> Int? {
    try fields(signature)["TLS.time"] as? Int
  }

  @Test func `a signature is used for half of its hour and then renewed`() throws {
    var signer = try signer(.key(Secret("key")))
    let first = try signer.signature(at: Timestamp(seconds: 10_000))
    #expect(try fields(first)["TLS.expire"] as? Int == 3600)
    #expect(try time(first) == 10_000)
    #expect(try time(signer.signature(at: Timestamp(seconds: 11_800))) == 10_000)
    #expect(try time(signer.signature(at: Timestamp(seconds: 11_801))) == 11_801)
  }

  @Test func `a clock set back makes a new signature`() throws {
    var signer = try signer(.key(Secret("key")))
    _ = try signer.signature(at: Timestamp(seconds: 10_000))
    #expect(try time(signer.signature(at: Timestamp(seconds: 9_000))) == 9_000)
  }

  @Test func `renewing makes the next signature a new one`() throws {
    var signer = try signer(.key(Secret("key")))
    _ = try signer.signature(at: Timestamp(seconds: 10_000))
    signer.renew()
    #expect(try time(signer.signature(at: Timestamp(seconds: 10_001))) == 10_001)
  }

  @Test func `a given signature is sent unchanged`() throws {
    var signer = try signer(.signature(Secret("given")))
    #expect(try signer.signature(at: Timestamp(seconds: 1)).reveal() == "given")
    signer.renew()
    #expect(try signer.signature(at: Timestamp(seconds: 4_000_000_000)).reveal() == "given")
  }

  // MARK: - Unpacking

  /// The JSON inside a signature.
  private func fields(_ signature: Secret) throws -> [String: Any] {
    let packed = try #require(UserSigBase64.decode(Array(signature.reveal().utf8)))
    let json = try Zlib.inflate(packed, limit: 4096)
    return try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
  }
}
