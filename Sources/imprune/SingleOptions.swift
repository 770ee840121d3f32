/// Options that decide what is planned, approved or changed. Of two values the parser would silently
/// take the last one.
enum SingleOptions {
  private static let names = [
    "--approve", "--plan", "--base", "--base-manifest", "--state", "--key",
  ]

  /// The first of them that the arguments have twice; nil if there is none.
  static func repeated(in arguments: [String]) -> String? {
    var seen: Set<String> = []
    for argument in arguments.dropFirst() {
      if argument == "--" { return nil }
      // By bytes: "=" and a combining mark after it are one Character.
      let name = String(decoding: argument.utf8.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
      if names.contains(name), !seen.insert(name).inserted { return name }
    }
    return nil
  }
}
