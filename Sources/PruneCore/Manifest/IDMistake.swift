/// What in an id shows that something else was meant: several ids in one, quotes that are no quotes,
/// a comment that is none.
///
/// Where such an id may stand differs. In a list it may not. In a manifest an id in quotes may hold
/// any of it, since who quotes it means it; without quotes it may not. In `guards.protected` it may
/// not at all, because a glob can take the place of the character.
enum IDMistake: Equatable {
  case blank
  /// A comma or a semicolon.
  case separator(Character)
  case tab
  case quotation(Unicode.Scalar)
  /// A `#` beside a blank.
  case comment

  /// The first mistake of an id, if there is one. `'` and `` ` `` count where an id begins or ends:
  /// there are ids such as `o'neil`.
  init?(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() where scalar == "#" {
      let beside = [index - 1, index + 1].filter(scalars.indices.contains)
      if beside.contains(where: { scalars[$0] == " " }) {
        self = .comment
        return
      }
    }
    let edges = [scalars.first, scalars.last]
    if let quote = edges.first(where: { $0?.isQuotationMark == true }) ?? nil {
      self = .quotation(quote)
      return
    }
    for scalar in scalars {
      switch scalar {
      case ",", ";", "\u{FF0C}", "\u{3001}", "\u{FF1B}": self = .separator(Character(scalar))
      case "\t": self = .tab
      case " ": self = .blank
      case "'", "`": continue
      default:
        guard scalar.isQuotationMark else { continue }
        self = .quotation(scalar)
      }
      return
    }
    return nil
  }
}
