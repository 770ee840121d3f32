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
      let name = argument.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
      if names.contains(name), !seen.insert(name).inserted { return name }
    }
    return nil
  }
}
