import TestSupport

/// A random valid manifest: every key, in every order and spelling, present or not.
struct ManifestText {
  private(set) var text = ""
  private var ids = 0

  init(_ random: inout SplitMix64) {
    var sections = [
      "version: \(random.pick(["1", "'1'", "\"1\""]))\n", app(&random), users(&random),
    ]
    if random.oneIn(2) {
      sections.append(
        mapping(
          "guards",
          [
            ("max_removals", count(&random)), ("max_clears", count(&random)),
            ("max_new_removals", count(&random)), ("protected", protected(&random)),
            ("max_absent", random.pick(["0%", "'20%'", "100%"])),
          ], required: 0, &random))
    }
    if random.oneIn(2) {
      sections.append(
        mapping(
          "expect", [("removals", count(&random)), ("clears", count(&random))], required: 0,
          &random))
    }
    text = sections.shuffled(using: &random).joined()
  }

  private mutating func app(_ random: inout SplitMix64) -> String {
    let location: (String, String) =
      random.oneIn(2)
      ? (
        "region",
        random.pick([
          "china", "singapore", "'seoul'", "tokyo", "frankfurt", "silicon_valley", "jakarta",
          "india", "riyadh",
        ])
      )
      : (
        "endpoint",
        random.pick([
          "https://h", "https://H.Example:8443/", "'https://[2001:db8::1]:443'",
          "http://localhost:80", "\"http://[::1]\"", "http://127.0.0.1",
        ])
      )
    let editions = [
      "trial", "developer", "standard", "pro", "pro_plus", "ultimate", "enterprise", "free_trial",
    ]
    return mapping(
      "app",
      [
        ("sdk_app_id", "\(1 + random.below(4_294_967_295))"), location,
        ("edition", random.pick(editions)), ("admin", id(&random)),
        (
          "enabled",
          random.pick([
            "[]", "[tag_push]", "[account_deletion, 'tag_push']", "[tag_push, tag_push]",
          ])
        ),
        ("tags_api", random.pick(["all_member_push", "timpush"])),
      ], required: 3, &random)
  }

  private mutating func users(_ random: inout SplitMix64) -> String {
    var entries = ""
    for _ in 0...random.below(4) {
      let who: (String, String) =
        switch random.below(3) {
        case 0: ("id", id(&random))
        case 1: ("ids", list(&random, atLeast: 1))
        default:
          // A separate list would be named twice, with two goals.
          entries.contains("ids_from")
            ? ("id", id(&random))
            : (
              "ids_from",
              random.pick([
                "f", "'f'", "7", "{path: csv, column: id}", "{column: 1, path: csv}",
                "{path: 'csv', column: '2'}",
              ])
            )
        }
      let goal = random.pick([("tags", "[]"), ("account", "absent"), ("account", "'absent'")])
      let reasons = [
        "x", "", "''", "~", "7", "0x1F", "1.5", "true", "2026-01-01", "\"é \\\" 😀\"",
        "'\(String(repeating: "x", count: 200))'",
      ]
      let fields = [
        who, goal, ("reason", random.pick(reasons)),
        ("revision", random.pick(["1", "2", "65535", "1000"])),
      ]
      let kept = fields.prefix(2) + fields.dropFirst(2).filter { _ in random.oneIn(2) }
      let lines = kept.shuffled(using: &random).map { "\($0.0): \($0.1)\n" }
      entries += "- " + lines.joined(separator: "  ")
    }
    return "users:\n" + entries
  }

  /// A section with its first field and some of the others.
  private func mapping(
    _ name: String, _ fields: [(String, String)], required: Int, _ random: inout SplitMix64
  ) -> String {
    let others = fields.dropFirst(required).filter { _ in random.oneIn(2) }
    let kept = (fields.prefix(required) + others).shuffled(using: &random)
    if kept.isEmpty { return "\(name): {}\n" }
    return "\(name):\n" + kept.map { "  \($0.0): \($0.1)\n" }.joined()
  }

  private func count(_ random: inout SplitMix64) -> String {
    random.pick(["0", "1", "100", "1000000000", "\(random.below(1000))"])
  }

  private mutating func list(_ random: inout SplitMix64, atLeast least: Int) -> String {
    let count = least + random.below(3)
    return "[" + (0..<count).map { _ in id(&random) }.joined(separator: ", ") + "]"
  }

  /// Protected entries: like ids, but none that needs quotes.
  private mutating func protected(_ random: inout SplitMix64) -> String {
    let entries = (0..<random.below(3)).map { _ in
      ids += 1
      return random.pick([
        "u\(ids)", "\(10_000 + ids)", "'00\(ids)'", "'svc_\(ids)*'", "'é\(ids)*_x'",
      ])
    }
    return "[" + entries.joined(separator: ", ") + "]"
  }

  /// A unique id, in one of the allowed spellings.
  private mutating func id(_ random: inout SplitMix64) -> String {
    ids += 1
    return switch random.below(9) {
    case 0: "u\(ids)"
    case 1: "\(10_000 + ids)"
    case 2: "'00\(ids)'"
    case 3: "\"yes\(ids)\""
    case 4: "'@\(ids)'"
    case 5: "'\(String(repeating: "é", count: 12))\(ids)'"
    case 6: "\(90_000 + ids)" + String(repeating: "0", count: 27)
    case 7: "'a b*\(ids)'"
    default: "User.\(ids)-x:y=z+@"
    }
  }
}
