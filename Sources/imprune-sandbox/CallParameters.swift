import Bytes

/// The URL parameters of a call (docs/service.md, "Requests"): names and values are case-sensitive.
struct CallParameters {
  let app: [UInt8]
  let identifier: [UInt8]
  let userSig: [UInt8]

  /// Reads a query strictly; the codes are those of docs/service.md, "Public codes", and of
  /// Choices.swift.
  init(query: [UInt8]) throws(Refusal) {
    let values = try Self.split(query)
    func value(_ name: String) -> [UInt8]? { values[Array(name.utf8)] }

    guard let app = value("sdkappid"), !app.isEmpty else { throw .noApp }
    guard app.allSatisfy(\.isDigit) else { throw .invalidApp }
    guard let identifier = value("identifier"), !identifier.isEmpty,
      let userSig = value("usersig"), !userSig.isEmpty,
      value("contenttype") == Array("json".utf8)
    else { throw .badParameter }
    guard let random = value("random"), random.allSatisfy(\.isDigit),
      UInt32(String(decoding: random, as: UTF8.self)) != nil
    else { throw .unreadableURL }
    self.app = app
    self.identifier = identifier
    self.userSig = userSig
  }

  private static func split(_ query: [UInt8]) throws(Refusal) -> [[UInt8]: [UInt8]] {
    var values: [[UInt8]: [UInt8]] = [:]
    for pair in query.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = try unescape(parts[0])
      let value = parts.count > 1 ? try unescape(parts[1]) : []
      guard values.updateValue(value, forKey: name) == nil else { throw .unreadableURL }
    }
    return values
  }

  /// The bytes that percent-encoded text stands for.
  private static func unescape(_ text: ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      guard text[index] == UInt8(ascii: "%") else {
        bytes.append(text[index])
        index += 1
        continue
      }
      let digits = text[(index + 1)...].prefix(2)
      guard digits.count == 2, digits.allSatisfy(\.isHexDigit),
        let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      else { throw .unreadableURL }
      bytes.append(byte)
      index += 3
    }
    return bytes
  }
}
