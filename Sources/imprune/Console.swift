import ArgumentParser
import PruneCore
import PruneEngine

/// The only place that prints: results to standard output, everything else to standard error.
struct Console {
  let out: Style
  let error: Style

  init(noColor: Bool) {
    let allowed =
      !noColor && Process.environment("NO_COLOR") == nil
      && Process.environment("TERM") != "dumb"
    out = Style(isColored: allowed && Process.isTerminal(1))
    error = Style(isColored: allowed && Process.isTerminal(2))
  }

  /// Prints a result.
  func print(_ text: String) {
    // With standard output gone there is nobody to tell.
    _ = Process.write(text, to: 1)
  }

  /// Prints progress, warnings and errors.
  func note(_ text: String) {
    _ = Process.write(text, to: 2)
  }

  /// Prints an error in two parts, what is wrong and what to do, and gives the error to throw.
  func fail(_ summary: String, _ explanation: String = "", status: Exit = .error) -> ExitCode {
    var text = error.red("Error: ") + error.bold(summary) + "\n"
    if !explanation.isEmpty { text += explanation + "\n" }
    note(text)
    return ExitCode(status.rawValue)
  }

  /// Prints a warning.
  func warn(_ text: String) {
    note(error.yellow("Warning: ") + text + "\n")
  }
}

/// Colours, or none.
struct Style {
  let isColored: Bool

  func bold(_ text: String) -> String { paint(text, "1") }
  func faint(_ text: String) -> String { paint(text, "2") }
  func red(_ text: String) -> String { paint(text, "31") }
  func green(_ text: String) -> String { paint(text, "32") }
  func yellow(_ text: String) -> String { paint(text, "33") }
  func cyan(_ text: String) -> String { paint(text, "36") }

  private func paint(_ text: String, _ code: String) -> String {
    isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
