internal import FoundationEssentials
internal import PruneCore

/// The rules for the parser of the service's responses.
enum AnswerChecks {
  static func check(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let answer = Answer(json: bytes)
    try require(answer == Answer(json: bytes), "read otherwise the second time")
    guard let answer else { return false }
    try require(answer.info.unicodeScalars.count <= 200, "too many words kept")
    try require(answer.users.count <= bytes.count / 2, "more users than the text has room for")
    let known = try? JSONDecoder().decode(Known.self, from: Data(bytes))
    try require(known?.code == answer.code.number, "Foundation reads another code")
    try require(
      known?.users == answer.users.map { [$0.id.bytes, Array("\($0.code)".utf8)] },
      "Foundation reads other users")
    try require(
      answer.hasUnattributed || known?.hasUnusableID == false, "an invalid id went unnoticed")
    let text = unescaped(bytes)
    for user in answer.users {
      try require(
        text.firstRange(of: user.id.bytes) != nil, "a user that the text does not name: \(user.id)")
      for tag in user.tags ?? [] {
        try require(text.firstRange(of: tag.bytes) != nil, "a tag that the text does not name")
      }
    }
    return true
  }

  /// A response as Foundation parses it. Foundation accepts more, such as `1.0` for a whole number,
  /// so only what our parser accepts is compared.
  private struct Known: Decodable {
    var ErrorCode: Int32
    var ResultItem: [Result]?
    var UserTags: [Tagged]?
    var ErrorList: [Failed]?

    struct Result: Decodable {
      var UserID: String
      var ResultCode: Int32
    }
    struct Tagged: Decodable {
      var To_Account: String
    }
    struct Failed: Decodable {
      var To_Account: String
      var ErrorCode: Int32
    }

    var code: Int32 { ErrorCode }

    private var all: [(id: String, code: Int32)] {
      (ResultItem ?? []).map { ($0.UserID, $0.ResultCode) }
        + (UserTags ?? []).map { ($0.To_Account, 0) }
        + (ErrorList ?? []).map { ($0.To_Account, $0.ErrorCode) }
    }

    var hasUnusableID: Bool { all.contains { PruneCore.UserID($0.id) == nil } }

    /// Id and code of each valid user.
    var users: [[[UInt8]]] {
      all.compactMap { id, code in
        PruneCore.UserID(id).map { [$0.bytes, Array("\(code)".utf8)] }
      }
    }
  }

  /// The text with JSON escapes resolved everywhere.
  private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
    var units: [UInt16] = []
    var rest = String(decoding: bytes, as: UTF8.self).utf16[...]
    while let unit = rest.popFirst() {
      guard unit == UInt16(UInt8(ascii: "\\")), let letter = rest.popFirst() else {
        units.append(unit)
        continue
      }
      switch UInt8(truncatingIfNeeded: letter) {
      case UInt8(ascii: "b"): units.append(8)
      case UInt8(ascii: "t"): units.append(9)
      case UInt8(ascii: "n"): units.append(10)
      case UInt8(ascii: "f"): units.append(12)
      case UInt8(ascii: "r"): units.append(13)
      case UInt8(ascii: "u"):
        let digits = String(decoding: rest.prefix(4), as: UTF16.self)
        if let unit = UInt16(digits, radix: 16) {
          units.append(unit)
          rest.removeFirst(4)
        }
      default: units.append(letter)
      }
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }
}
