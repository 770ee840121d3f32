/// How many tags each of the users that the sandbox makes has, and which.
///
/// As text `N-M` or `N`: the first user has N tags, each next one more, up to M, then N again.
struct NumberedTags: Equatable {
  /// All tags: `tag_001` and so on. A prime number of them, so that the first tag and the number of tags
  /// of a user repeat together late, and fewer than an app may have.
  static let all: [Tag] = (1...499).map { number in
    Array("tag_\(String(repeating: "0", count: 3 - String(number).count))\(number)".utf8)
  }

  private var counts: ClosedRange<Int>

  init(_ text: String) throws(BadValue) {
    let bounds = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      .map { Int($0) }
    guard let least = bounds.first ?? nil, let most = bounds.last ?? nil, least >= 0,
      most >= least, most <= Service.tagsPerUser
    else {
      throw BadValue(
        description: "'\(text)' is not a number of tags up to \(Service.tagsPerUser), or two: 1-23")
    }
    counts = least...most
  }

  /// The tags of the user with this number, from 1: all different, beginning with the tag of the same
  /// number.
  func ofUser(_ number: Int) -> [Tag] {
    let first = number - 1
    let count = counts.lowerBound + first % counts.count
    return (first..<first + count).map { Self.all[$0 % Self.all.count] }
  }
}
