/// HTML being written. Markup is ours alone: everything else goes through `text` or an attribute, and
/// is escaped, without hidden characters.
struct HTMLText {
  private(set) var bytes: [UInt8] = []

  /// An attribute of an element.
  typealias Attribute = (name: StaticString, value: String)

  /// Markup as it is.
  mutating func markup(_ markup: StaticString) { bytes += Array(markup.description.utf8) }

  /// Text from anywhere.
  mutating func text(_ text: String) {
    for byte in printable(text).utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
      case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
      case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
      case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
      case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
      default: bytes.append(byte)
      }
    }
  }

  /// How many bytes `content` writes.
  static func size(_ content: (inout HTMLText) -> Void) -> Int {
    var html = HTMLText()
    content(&html)
    return html.bytes.count
  }

  /// An element with content.
  mutating func element(
    _ name: StaticString, _ attributes: Attribute..., content: (inout HTMLText) -> Void
  ) {
    open(name, attributes)
    content(&self)
    markup("</")
    markup(name)
    markup(">")
  }

  /// An element with a text.
  mutating func element(_ name: StaticString, _ attributes: Attribute..., text: String) {
    open(name, attributes)
    self.text(text)
    markup("</")
    markup(name)
    markup(">")
  }

  /// An element without content.
  mutating func void(_ name: StaticString, _ attributes: Attribute...) { open(name, attributes) }

  private mutating func open(_ name: StaticString, _ attributes: [Attribute]) {
    markup("<")
    markup(name)
    for (name, value) in attributes {
      markup(" ")
      markup(name)
      markup("=\"")
      text(value)
      markup("\"")
    }
    markup(">")
  }
}
