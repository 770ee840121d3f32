/// A sign in an id that its author meant something else: several ids in one, misplaced quotes, a
/// misplaced comment.
///
/// Lists refuse such ids. A manifest accepts them in quotes, since quoting shows intent, and
/// refuses them without quotes. `guards.protected` refuses them always, because a glob can replace
/// the character.
enum IDMistake: Equatable {
  case blank
  /// A comma or a semicolon.
  case separator(Character)
  case tab
  case quotation(Unicode.Scalar)
  /// A `#` beside a blank.
  case comment

  /// The first mistake of an id, if there is one. `'` and `` ` `` count only at the ends of an id:
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
