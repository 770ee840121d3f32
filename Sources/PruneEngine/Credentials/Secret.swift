/// A text that must never be shown: a key or a signature. It prints as `<redacted>`.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let text: String

  package init(_ text: String) {
    self.text = text
  }

  var isEmpty: Bool { text.isEmpty }

  /// Returns the text for the one place that needs it.
  func reveal() -> String { text }

  package var description: String { "<redacted>" }
  package var debugDescription: String { "<redacted>" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
