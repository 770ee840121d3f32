import PruneEngine

/// A self-contained page: it loads nothing, runs no script but its own, and sends nothing
/// (docs/machine-readable-output.md, "Pages").
enum Page {
  /// The most bytes that a page has; what does not fit is counted.
  static let mostBytes = 20_000_000

  /// A page with a title. `content` must keep within `mostBytes` itself.
  static func make(title: String, content: (inout HTMLText) -> Void) -> [UInt8] {
    var html = HTMLText()
    html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    html.void("meta", ("http-equiv", "Content-Security-Policy"), ("content", policy))
    html.markup("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    html.markup("<meta name=\"referrer\" content=\"no-referrer\">\n")
    // Browsers would ask for an icon otherwise.
    html.markup("<link rel=\"icon\" href=\"data:,\">\n")
    html.element("title", text: title)
    html.markup("\n<style>")
    html.markup(PageStyle.text)
    html.markup("</style>\n</head>\n<body>\n<main>\n")
    content(&html)
    html.markup("\n</main>\n<script>")
    html.markup(PageScript.text)
    html.markup("</script>\n</body>\n</html>\n")
    return html.bytes
  }

  static let policy = ContentPolicy.only(
    style: PageStyle.text.description, script: PageScript.text.description)
}
