/// The accounts that the sandbox starts with.
enum UserList {
  /// The most users that `--users` makes: as many as seven digits number.
  static let madeLimit = 9_999_999

  /// A line of a users file that cannot be meant.
  struct BadLine: Error, Equatable, CustomStringConvertible {
    var line: Int
    var problem: String

    var description: String { "line \(line): \(problem)" }
  }

  /// Adds `user_0000001` and so on, `count` of them; `tags` gives the tags of each number, from 1.
  static func make(_ count: Int, into users: inout UserTable, tags: (Int) -> [Tag]) {
    guard count > 0 else { return }
    users.reserveCapacity(users.count + count)
    for number in 1...count {
      let digits = String(number).utf8
      let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 7 - digits.count)
      guard let id = UserID(Array("user_".utf8) + zeros + digits) else { continue }
      users.set(id, tags: tags(number))
    }
  }

  /// Adds the users of a file: one id a line, optionally a tab and its tags with commas between.
  ///
  /// Lines end with LF; empty lines are passed over; nothing is cut from a line. An account that
  /// exists already gets the tags of its line.
  static func read(_ file: [UInt8], into users: inout UserTable) throws(BadLine) {
    var seen: Set<UserID> = []
    let lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let fields = line.split(
        separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
      guard let id = UserID(fields[0]), String(validating: fields[0], as: UTF8.self) != nil else {
        throw BadLine(line: index + 1, problem: "an id has 1 to 32 bytes of UTF-8")
      }
      guard seen.insert(id).inserted else {
        throw BadLine(line: index + 1, problem: "this id is listed twice")
      }
      users.set(id, tags: fields.count > 1 ? split(fields[1]) : [])
    }
  }

  /// The tags in text with commas between them.
  static func split(_ text: some Collection<UInt8>) -> [Tag] {
    Array(text).split(separator: UInt8(ascii: ",")).map { Array($0) }
  }
}
