import TestSupport

@testable import PruneCore
@testable import imprune

/// Draws what a terminal shows as SVG: light or dark as the reader prefers, with text that stays text.
struct TerminalPicture {
  let text: String

  // In tenths of a pixel: a character, a line, and the margin. A character of a monospace font is about
  // 0.6 of its size wide; `textLength` makes it exactly that in every font.
  private static let (width, height, margin) = (78, 190, 160)

  /// `screen` has the escape sequences for colors; `title` and `description` are for those who do not see
  /// the picture.
  init(_ screen: String, title: String, description: String) {
    // A style lasts until another one begins, also on the next line.
    var style = ""
    let lines = screen.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      Self.pieces(of: line, &style)
    }
    let columns = lines.joined().map { $0.column + $0.width }.max() ?? 0
    let (wide, high) = (
      2 * Self.margin + columns * Self.width, 2 * Self.margin + lines.count * Self.height
    )
    let (width, height) = (Self.number(wide), Self.number(high))
    var parts: [String] = []
    for (index, line) in lines.enumerated() {
      let y = Self.number(Self.margin + index * Self.height + 140)
      for piece in line {
        let style = piece.style.isEmpty ? "" : #" class="\#(piece.style)""#
        parts.append(
          #"<text x="\#(Self.number(Self.margin + piece.column * Self.width))" y="\#(y)" "#
            + #"textLength="\#(Self.number(piece.width * Self.width))"\#(style)>"#
            + "\(Self.escaped(piece.text))</text>")
      }
    }
    text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="title description">
      <title id="title">\(Self.escaped(title))</title>
      <desc id="description">\(Self.escaped(description))</desc>
      <style>
      rect { fill: #f6f8fa; stroke: #d0d7de }
      text { font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328 }
      .bold { font-weight: bold }
      .faint { fill: #59636e }
      .red { fill: #cf222e }
      .green { fill: #1a7f37 }
      .yellow { fill: #8a5c00 }
      .cyan { fill: #1b7c83 }
      @media (prefers-color-scheme: dark) {
        rect { fill: #161b22; stroke: #3d444d }
        text { fill: #e6edf3 }
        .faint { fill: #9198a1 }
        .red { fill: #ff7b72 }
        .green { fill: #3fb950 }
        .yellow { fill: #d29922 }
        .cyan { fill: #39c5cf }
      }
      </style>
      <rect x="0.5" y="0.5" width="\(Self.number(wide - 10))" \
      height="\(Self.number(high - 10))" rx="6"/>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  // MARK: - The text

  /// Characters of one style, without two spaces in a row.
  private struct Piece {
    var column: Int
    var text: String
    var style: String

    var width: Int { columns(of: text) }
  }

  /// The styles by the codes of their escape sequences; 0 ends all.
  private static let styles = [
    "1": "bold", "2": "faint", "31": "red", "32": "green", "33": "yellow", "36": "cyan",
  ]

  private static func pieces(of line: Substring, _ style: inout String) -> [Piece] {
    var pieces: [Piece] = []
    var column = 0
    for (index, part) in line.split(separator: "\u{1B}[", omittingEmptySubsequences: false)
      .enumerated()
    {
      var part = part
      if index > 0, let end = part.firstIndex(of: "m") {
        style = styles[String(part[..<end])] ?? ""
        part = part[part.index(after: end)...]
      }
      for (word, start) in words(of: String(part)) {
        pieces.append(Piece(column: column + start, text: word, style: style))
      }
      column += columns(of: String(part))
    }
    return pieces
  }

  /// The parts between two or more spaces, and the columns at which they begin.
  private static func words(of text: String) -> [(text: String, column: Int)] {
    var words: [(text: String, column: Int)] = []
    var column = 0
    var spaces = 2
    for character in text {
      if character == " " {
        spaces += 1
      } else {
        if spaces > 1 || words.isEmpty {
          words.append(("", column))
        } else if spaces == 1 {
          words[words.count - 1].text += " "
        }
        words[words.count - 1].text.append(character)
        spaces = 0
      }
      column += columns(of: String(character))
    }
    return words
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  private static func number(_ tenths: Int) -> String { "\(tenths / 10).\(tenths % 10)" }
}
