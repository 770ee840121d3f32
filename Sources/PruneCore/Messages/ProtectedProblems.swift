/// The problems of entries of `guards.protected`.
extension Problem {
  static func protectedMistake(_ value: String, _ mistake: ProtectedMistake) -> Problem {
    let shown = visible(value)
    let star = "If the character is part of the id, write `*` instead of it."
    let detail =
      switch mistake {
      case .id(.blank):
        "`\(shown)` contains a space. Is a comma or a dash missing? \(star)"
      case .id(.separator(let sign)):
        "`\(shown)` contains `\(sign)`. Give each id its own entry: `[ops_bot, \"svc_*\"]`. "
          + "\(star)"
      case .id(.tab): "`\(shown)` contains a tab. Give each id its own entry."
      case .id(.quotation(let mark)):
        "`\(shown)` contains the quotation mark \(mark) (\(mark.code)), which would be part of "
          + "the id. To quote in YAML, use one pair of \" or '. \(star)"
      case .id(.comment), .hash:
        "`\(shown)` contains `#`, which would be part of the id. A comment begins with a space "
          + "and `#`, outside quotes. \(star)"
      case .pattern(let sign):
        "`\(shown)` contains `\(sign)`, which imprune would match literally: only `*` is special "
          + "in a protected entry. List the ids one by one, or use `*` instead of `\(sign)`."
      case .lookalike(let scalar, let plain):
        "`\(shown)` contains \(scalar) (\(scalar.code)), which looks like `\(plain)` but is a "
          + "different character, so the entry would not protect the intended id. Retype the "
          + "entry. \(star)"
      }
    return Problem(.unclearProtected, detail: detail)
  }

  static let tooManyProtected = Problem(
    .tooManyProtected,
    detail: "A file can protect at most \(Self.protectedLimit) ids and globs. Cover groups "
      + "of ids by a glob.")

  static let protectedLimit = 10_000

  static let tooManyInnerGlobs = Problem(
    .tooManyInnerGlobs,
    detail: "Of the entries with text between two `*`, such as `*bot*` or `svc_*_x*`, at most "
      + "\(GlobIndex.innerLimit) can have the same beginning or, if they begin with `*`, the "
      + "same end. Give them different beginnings, or list the ids one by one.")

  /// Users whose ids are close to a protected id but not protected.
  static func near(_ finding: NearProtected.Finding, _ ids: [UserID]) -> Problem {
    let names = names(ids)
    let isOne = ids.count == 1
    let advice =
      isOne
      ? "To keep this user too, protect its id as well."
      : "To keep these users too, protect their ids as well."
    switch finding {
    case .id(let protected):
      return Problem(
        .nearProtected,
        detail: "\(names) \(isOne ? "looks" : "look") like the protected id "
          + "`\(visible(protected.description))` (one edit apart, other case, or lookalike "
          + "letters). If you meant the protected id, remove the entry. \(advice)")
    case .glob(let pattern):
      return Problem(
        .nearProtected,
        detail: "\(names) \(isOne ? "differs" : "differ") only by case or lookalike letters from "
          + "ids that `\(visible(pattern))` protects. \(advice)")
    case .regularExpression(let pattern):
      return Problem(
        .literalGlob,
        detail:
          "`\(visible(pattern))` protects \(names) only if read as a regular expression, but "
          + "imprune reads it as a glob, in which only `*` is special. Write `*` for any "
          + "characters.")
    }
  }

  /// Users close to more protected entries than are worth a problem each.
  static func near(_ more: [NearProtected.Finding]) -> Problem {
    let entries = more.map { finding in
      switch finding {
      case .id(let id): id.description
      case .glob(let text), .regularExpression(let text): text
      }
    }
    return Problem(
      .nearProtected,
      detail: "Users to change also look like "
        + counted(more.count, "more protected entry", "more protected entries") + " "
        + "(one edit apart, other case, or lookalike letters): \(names(entries)). If you meant a "
        + "protected id, remove the user. To keep such users too, protect their ids as well.")
  }

  private static func names(_ ids: [UserID]) -> String { names(ids.map(\.description)) }

  private static func names(_ texts: [String]) -> String {
    let names = texts.prefix(3).map { "`\(visible($0))`" }.joined(separator: ", ")
    return texts.count > 3 ? names + " and \(texts.count - 3) more" : names
  }
}
