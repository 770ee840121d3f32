/// The secret key that UserSigs are checked with.
struct SandboxKey {
  /// The key used when none is given. It opens nothing but sandboxes.
  static let fixed = "imprune-sandbox-key-opens-nothing-but-sandboxes-0123456789abcdef"

  /// The key's text, which is the HMAC key as it stands (docs/service.md, "UserSig").
  let bytes: [UInt8]
  /// Whether this is the fixed key.
  let isFixed: Bool

  /// The fixed key.
  init() {
    bytes = Array(Self.fixed.utf8)
    isFixed = true
  }

  /// A key of the caller's.
  init(bytes: [UInt8]) {
    self.bytes = bytes
    isFixed = false
  }

  /// The key in a file: its content without the line end; nil when nothing is left.
  init?(fileContent: [UInt8]) {
    let lineEnds = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    guard let end = fileContent.lastIndex(where: { !lineEnds.contains($0) }) else { return nil }
    self.init(bytes: Array(fileContent[...end]))
  }
}
