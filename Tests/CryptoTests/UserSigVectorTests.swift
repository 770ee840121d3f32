import Crypto
import FoundationEssentials
import Testing

/// Vectors of UserSigs (docs/service.md, "UserSig"): signatures from the official libraries, each
/// in two spellings (key order, spacing and compression differ, the signed fields do not).
@Suite struct UserSigVectorTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var identifier: String
    var app: Int
    var expire: Int
    var time: Int
    var key: String
    var hmac: String
    var spellings: [String]

    var testDescription: String { identifier }

    /// The text that the HMAC covers (docs/service.md, "UserSig").
    var content: [UInt8] {
      Array(
        """
        TLS.identifier:\(identifier)
        TLS.sdkappid:\(app)
        TLS.time:\(time)
        TLS.expire:\(expire)

        """.utf8)
    }
  }

  struct Fields: Decodable {
    var version: String
    var identifier: String
    var app: Int
    var expire: Int
    var time: Int
    var sig: String

    enum CodingKeys: String, CodingKey {
      case version = "TLS.ver"
      case identifier = "TLS.identifier"
      case app = "TLS.sdkappid"
      case expire = "TLS.expire"
      case time = "TLS.time"
      case sig = "TLS.sig"
    }
  }

  static let vectors: [Vector] = [
    Vector(
      identifier: "xiaojun", app: 1_400_000_000, expire: 15_552_000, time: 1_700_000_000,
      key: "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
      hmac: "LvA7d/Iw7gSsnskvVzBDPOCCDbuNCw4GHwTC0bip+B4=",
      spellings: [
        "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkKjIT87NK82CSxSnZiQUFmSlAKUMTAyiAyq"
          + "VWFGQWpYJkTE1NjRDiJZm5YFFzNPXFmekgG3zKHM1T9D3LzdODi-OKs8vCqpxcAvydnV2SSv2cy03c"
          + "PcpDnA2SMgu0nUxslWoBHdYzUg__",
        "eAEBqwBU-3siVExTLmV4cGlyZSI6MTU1NTIwMDAsIlRMUy5pZGVudGlmaWVyIjoieGlhb2p1biIsIl"
          + "RMUy5zZGthcHBpZCI6MTQwMDAwMDAwMCwiVExTLnNpZyI6Ikx2QTdkL0l3N2dTc25za3ZWekJEUE9D"
          + "Q0RidU5DdzRHSHdUQzBiaXArQjQ9IiwiVExTLnRpbWUiOjE3MDAwMDAwMDAsIlRMUy52ZXIiOiIyLj"
          + "AifU4sMfI_",
      ]),
    Vector(
      identifier: "administrator", app: 20_012_345, expire: 86_400, time: 1_735_689_600,
      key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      hmac: "qpWpso5HW5LQ0lbnzlm8z0enksOq4bMXNUK/dbbUGdg=",
      spellings: [
        "eJw9zVELgjAYheG-IrsO*5zOLOi6ICuixG4dW-KhzrmNCKP-npZ1*7wHzpNc0rN-l4asPEJ9IDPvIy"
          + "ikcnjDbyhEgwqtM4VrzW9iRVVojWIYUICAhhGbinxoNHLwJI4AJnTYjBQsQhYny-jvFsvxotO5ti3b"
          + "5iw9Qc1VXzdJD1JV9thFfH89ZLu54DzbiHJNXm8VnTYR",
        "eAEBrABT-3siVExTLmV4cGlyZSI6ODY0MDAsIlRMUy5pZGVudGlmaWVyIjoiYWRtaW5pc3RyYXRvci"
          + "IsIlRMUy5zZGthcHBpZCI6MjAwMTIzNDUsIlRMUy5zaWciOiJxcFdwc281SFc1TFEwbGJuemxtOHow"
          + "ZW5rc09xNGJNWE5VSy9kYmJVR2RnPSIsIlRMUy50aW1lIjoxNzM1Njg5NjAwLCJUTFMudmVyIjoiMi"
          + "4wIn1rbTSx",
      ]),
    Vector(
      identifier: "user_01-Ops.é中", app: 1_400_123_456, expire: 3_600, time: 1_767_225_600,
      key: "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
      hmac: "X1zl3g5DqKNp1xyXDvtiomm6fHqSNHbwoJEMgit8ibU=",
      spellings: [
        "eJxFzc0KgkAUhuFbkVmXnBl1rKCdgfRjCwtcCJHMKIcyR0fNiu497Ye2z-vB9yC7dWi2siIzgzATyM"
          + "h4Cwp5qTHFT2i0rA5Ax1ulzbgBkNO4sSUTv7UWp6NSKPottQEos2yHf5vsFFayLxYH*FqN*SDU5S5j"
          + "zt81ZsNdRO9nK3O8chUo2t0ir62xyHOe*mUY*Mm1WC42GdYTTPZz8nwBJlU4vQ__",
        "eAEBsQBO-3siVExTLmV4cGlyZSI6MzYwMCwiVExTLmlkZW50aWZpZXIiOiJ1c2VyXzAxLU9wcy7Dqe"
          + "S4rSIsIlRMUy5zZGthcHBpZCI6MTQwMDEyMzQ1NiwiVExTLnNpZyI6IlgxemwzZzVEcUtOcDF4eVhE"
          + "dnRpb21tNmZIcVNOSGJ3b0pFTWdpdDhpYlU9IiwiVExTLnRpbWUiOjE3NjcyMjU2MDAsIlRMUy52ZX"
          + "IiOiIyLjAiffRbN0M_",
      ]),
  ]

  @Test(arguments: vectors)
  func `the HMAC matches the official libraries`(vector: Vector) {
    let code = HMACSHA256.authenticate(message: vector.content, key: Array(vector.key.utf8))
    #expect(Base64.encode(code.bytes) == Array(vector.hmac.utf8))
  }

  @Test(arguments: vectors)
  func `every Base64 spelling decodes to the signed fields`(vector: Vector) throws {
    #expect(vector.spellings.count == 2)
    for spelling in vector.spellings {
      let stream = try #require(UserSigBase64.decode(Array(spelling.utf8)))
      let json = try Zlib.inflate(stream, limit: 1024)
      let fields = try JSONDecoder().decode(Fields.self, from: Data(json))
      #expect(fields.version == "2.0")
      #expect(Array(fields.identifier.utf8) == Array(vector.identifier.utf8))
      #expect(fields.app == vector.app)
      #expect(fields.expire == vector.expire)
      #expect(fields.time == vector.time)
      #expect(fields.sig == vector.hmac)
      #expect(UserSigBase64.encode(stream) == Array(spelling.utf8))
    }
  }

  @Test func `a user buffer adds one signed line`() throws {
    let vector = try #require(Self.vectors.first)
    let content = vector.content + Array("TLS.userbuf:YWJj\n".utf8)
    let code = HMACSHA256.authenticate(message: content, key: Array(vector.key.utf8))
    #expect(
      Base64.encode(code.bytes) == Array("QjT201xPkXk/aM1e+y0vakZb0K2iPrFue++0s5y6bFM=".utf8))
  }
}
