/// A text with markers such as 1️⃣, which mark positions and are not part of the text.
package struct MarkedText: Sendable {
  /// The text without its markers.
  package private(set) var text = ""
  /// Line and column of each marker, counted from 1, the column in Unicode scalars.
  package private(set) var places: [Character: Spot] = [:]

  package struct Spot: Hashable, Sendable {
    package let line: UInt32
    package let column: UInt32
  }

  package init(_ marked: String) {
    var scalars = String.UnicodeScalarView()
    var line: UInt32 = 1
    var column: UInt32 = 1
    for character in marked {
      if Self.isMarker(character) {
        precondition(places[character] == nil, "marker \(character) stands twice")
        places[character] = Spot(line: line, column: column)
        continue
      }
      for scalar in character.unicodeScalars {
        // A byte order mark does not count as a character of the text.
        let isMark = scalar == "\u{FEFF}" && scalars.isEmpty
        scalars.append(scalar)
        if isMark { continue }
        if scalar == "\n" {
          line += 1
          column = 1
        } else {
          column += 1
        }
      }
    }
    text = String(scalars)
  }

  /// The marker at a position, or nil.
  package func marker(line: UInt32, column: UInt32) -> Character? {
    places.first { $0.value == Spot(line: line, column: column) }?.key
  }

  /// A digit in a keycap: the digit, a variation selector, the enclosing keycap.
  private static func isMarker(_ character: Character) -> Bool {
    let scalars = Array(character.unicodeScalars)
    return scalars.count == 3 && scalars[0].properties.numericType == .decimal
      && scalars[1] == "\u{FE0F}" && scalars[2] == "\u{20E3}"
  }
}
