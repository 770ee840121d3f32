import Crypto
import PruneCore

/// Makes UserSigs, the signatures that calls carry (service-api.md 6, "TLSSigAPI v2").
enum UserSig {
  /// Signs for `admin` of `app`: valid from `time` for `life` seconds.
  static func sign(
    app: SDKAppID, admin: UserID, key: Secret, time: Timestamp, life: Int
  ) throws(ZlibError) -> Secret {
    let content =
      "TLS.identifier:\(admin)\nTLS.sdkappid:\(app)\nTLS.time:\(time.seconds)\nTLS.expire:\(life)\n"
    let mac = HMACSHA256.authenticate(
      message: Array(content.utf8), key: Array(key.reveal().utf8))
    let signature = String(decoding: Base64.encode(mac.bytes), as: UTF8.self)
    let json =
      #"{"TLS.ver":"2.0","TLS.identifier":""# + escaped(admin)
      + #"","TLS.sdkappid":\#(app),"TLS.expire":\#(life),"TLS.time":\#(time.seconds),"#
      + #""TLS.sig":"\#(signature)"}"#
    let packed = try Zlib.deflate(Array(json.utf8))
    return Secret(String(decoding: UserSigBase64.encode(packed), as: UTF8.self))
  }

  /// An id as the inside of a JSON string; ids hold no control characters.
  private static func escaped(_ id: UserID) -> String {
    var text = ""
    for character in id.description.unicodeScalars {
      if character == "\"" || character == "\\" { text += "\\" }
      text.unicodeScalars.append(character)
    }
    return text
  }
}
