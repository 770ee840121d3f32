import Crypto
import PruneCore

/// Makes UserSigs, the signatures of calls (docs/service.md, "UserSig").
enum UserSig {
  /// Signs for `admin` of `app`: valid from `time` for `life` seconds; `stored` leaves its content
  /// uncompressed.
  static func sign(
    app: SDKAppID, admin: UserID, key: Secret, time: Timestamp, life: Int, stored: Bool = false
  ) throws(ZlibError) -> Secret {
    let content =
      "TLS.identifier:\(admin)\nTLS.sdkappid:\(app)\nTLS.time:\(time.seconds)\nTLS.expire:\(life)\n"
    let mac = HMACSHA256.authenticate(
      message: Array(content.utf8), key: Array(key.reveal().utf8))
    let signature = String(decoding: Base64.encode(mac.bytes), as: UTF8.self)
    var json = Array(#"{"TLS.ver":"2.0","TLS.identifier":""#.utf8)
    json.appendJSON(admin)
    json.append(
      contentsOf: (#"","TLS.sdkappid":\#(app),"TLS.expire":\#(life),"TLS.time":\#(time.seconds),"#
        + #""TLS.sig":"\#(signature)"}"#).utf8)
    let packed = try Zlib.deflate(json, stored: stored)
    return Secret(String(decoding: UserSigBase64.encode(packed), as: UTF8.self))
  }
}
