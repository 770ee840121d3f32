/// A text that must never be shown: a key or a signature. Whatever prints it prints `<redacted>`.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let text: String

  package init(_ text: String) {
    self.text = text
  }

  var isEmpty: Bool { text.isEmpty }

  /// Hands the text to the one place that needs it.
  func reveal() -> String { text }

  package var description: String { "<redacted>" }
  package var debugDescription: String { "<redacted>" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
