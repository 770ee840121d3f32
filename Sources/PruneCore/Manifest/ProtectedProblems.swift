/// What can be wrong with an entry of `guards.protected`.
extension Problem {
  private static let summary = "Unclear protected entry"

  static func protectedSlip(_ value: String, _ slip: ProtectedSlip) -> Problem {
    let shown = visible(value)
    let star = "If an id really holds it, write `*` in its place."
    let detail =
      switch slip {
      case .id(.blank):
        "`\(shown)` holds a blank. Is a comma or a dash missing? \(star)"
      case .id(.separator(let sign)):
        "`\(shown)` holds `\(sign)`. Give each id an entry of its own: `[ops_bot, \"svc_*\"]`. \(star)"
      case .id(.tab): "`\(shown)` holds a tab. Give each id an entry of its own."
      case .id(.quotation(let mark)):
        "`\(shown)` holds the quotation mark \(mark) (\(mark.code)), which would be part of the id. To "
          + "quote in YAML, use one pair of \" or '. \(star)"
      case .id(.comment), .hash:
        "`\(shown)` holds `#`, which would be part of the id. A comment begins with a blank and `#`, "
          + "outside quotes. \(star)"
      case .pattern(let sign):
        "`\(shown)` holds `\(sign)`, which would stand for itself: of all characters only `*` is "
          + "special here. Write the ids out, or use `*`, also for a `\(sign)` that an id really holds."
      case .lookalike(let scalar, let plain):
        "`\(shown)` holds \(scalar) (\(scalar.code)), which looks like `\(plain)` and is another "
          + "character: the id that is meant would not be protected. Type it anew. \(star)"
      }
    return Problem(summary: summary, detail: detail)
  }

  static let tooManyProtected = Problem(
    summary: "Too many protected ids",
    detail: "A manifest may protect at most \(Self.protectedLimit) ids and globs; name groups of "
      + "them by a glob.")

  static let protectedLimit = 10_000

  static let tooManyInnerGlobs = Problem(
    summary: "Too many globs with an inner part",
    detail: "At most \(GlobIndex.innerLimit) entries with text between two `*`, such as `*bot*` or "
      + "`svc_*_x*`, may begin alike, or, if they begin with `*`, end alike. Give them different "
      + "beginnings, or write the ids out.")

  /// Users who are near to what is protected, and are not.
  static func near(_ finding: NearProtected.Finding, _ ids: [UserID]) -> Problem {
    let names = names(ids)
    let isOne = ids.count == 1
    switch finding {
    case .id(let protected):
      return Problem(
        summary: "Id close to a protected one",
        detail: "\(names) \(isOne ? "is" : "are") one edit from "
          + "`\(visible(protected.description))`, or only the case or the look of letters, which is "
          + "protected. If that one was meant, remove the entry; if the other user is to be kept too, "
          + "protect that id as well.",
        code: "near-protected")
    case .glob(let pattern):
      return Problem(
        summary: "Id close to a protected one",
        detail: "\(names) \(isOne ? "differs" : "differ") from what `\(visible(pattern))` protects "
          + "only by the case or the look of letters. If it is to be kept too, protect it as well.",
        code: "near-protected")
    case .regularExpression(let pattern):
      return Problem(
        summary: "Character without meaning in a glob",
        detail:
          "As a regular expression `\(visible(pattern))` would protect \(names). It is a glob, in "
          + "which only `*` is special; write `*` alone for any characters.",
        code: "literal-glob")
    }
  }

  private static func names(_ ids: [UserID]) -> String {
    let names = ids.prefix(3).map { "`\(visible($0.description))`" }.joined(separator: ", ")
    return ids.count > 3 ? names + " and \(ids.count - 3) more" : names
  }
}
