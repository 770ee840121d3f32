import ArgumentParser
import PruneCore
import PruneEngine
import Synchronization

/// The only place that prints: results to standard output, everything else to standard error.
///
/// With `--json`, standard output belongs to the lines of `EventStream`, and all text for people goes
/// to standard error.
struct Console {
  let out: Style
  let error: Style
  let github = GitHubActions(Process.environment)
  /// Whether GitHub Actions gets the problems of a manifest as annotations.
  var annotates: Bool
  private let isForMachines: Bool
  /// The last message of `fail`, for the report of a run.
  private let failure = Failure()

  private final class Failure {
    var words: String?
  }

  /// Why standard output could not be written to, once that happened.
  private static let lost = Mutex<SystemError?>(nil)

  init(noColor: Bool, isForMachines: Bool = false) {
    let allowed =
      !noColor && Process.environment("NO_COLOR") == nil
      && Process.environment("TERM") != "dumb"
    error = Style(2, colorsAllowed: allowed)
    annotates = github.isRunner
    out = isForMachines ? error : Style(1, colorsAllowed: allowed)
    self.isForMachines = isForMachines
  }

  /// The last message of `fail`.
  var lastFailure: String? { failure.words }

  /// Why some of the results could not be written; nil if all were.
  static var lostOutput: SystemError? { lost.withLock { $0 } }

  /// Prints a result.
  func print(_ text: String) {
    if isForMachines { return note(text) }
    _ = write(Array((goesToRunner(1) ? GitHubView.harmless(text) : text).utf8))
  }

  /// A text as it may be written where the runner of GitHub Actions may read it.
  func harmless(_ text: String, in place: OutputPlace) -> String {
    guard case .descriptor(let number) = place.target, goesToRunner(number) else { return text }
    return GitHubView.harmless(text)
  }

  /// Prints a plan for programs, up to the first failure.
  func print(_ plan: Plan, _ provenance: Provenance) {
    // `lost` keeps the failure, which ends the tool with an error.
    try? PlanFile.write(plan, provenance) { (bytes) throws(SystemError) in
      if let failure = write(bytes) { throw failure }
    }
  }

  /// Prints a line for a program; returns the error if it could not.
  func emit(_ line: [UInt8]) -> SystemError? { write(line + [UInt8(ascii: "\n")]) }

  private func write(_ bytes: [UInt8]) -> SystemError? {
    guard let failure = Process.write(bytes, to: 1) else { return nil }
    let isFirst = Self.lost.withLock { lost in
      defer { lost = lost ?? failure }
      return lost == nil
    }
    // A reader that closed the output needs no message.
    if isFirst, !failure.isBrokenPipe { note("Error: \(failure)\n") }
    return failure
  }

  /// Prints progress, warnings and errors.
  func note(_ text: String) {
    // If this fails, there is nowhere left to report it.
    _ = Process.write(Array((goesToRunner(2) ? GitHubView.harmless(text) : text).utf8), to: 2)
  }

  /// Prints commands to GitHub Actions, which reads them from either output.
  func command(_ text: String) {
    _ = Process.write(Array(text.utf8), to: 2)
  }

  /// Hides a secret in the logs of GitHub Actions. It is printed to the runner alone, which does not
  /// show the line: never elsewhere, and never into a file.
  func mask(_ secret: String?) {
    if let secret, goesToRunner(2) { command(GitHubView.mask(secret)) }
  }

  /// Whether an output goes to the log of a job, where the runner reads some lines as commands.
  private func goesToRunner(_ descriptor: Int32) -> Bool {
    github.isRunner && !Process.isFile(descriptor)
  }

  /// Prints an error in two parts (what is wrong; why and what to do) and returns the error to throw.
  func fail(_ summary: String, _ explanation: String = "", status: Exit = .error) -> ExitCode {
    failure.words = explanation.isEmpty ? summary : summary + ": " + explanation
    var text = error.red("Error: ") + error.bold(printable(summary)) + "\n"
    if !explanation.isEmpty { text += error.wrapped(printableLines(explanation)) + "\n" }
    note(text)
    return ExitCode(status.rawValue)
  }

  /// Prints why a guard refuses.
  func refuse(_ words: String) {
    note(error.wrapped(error.red("Refused: ") + printable(words)) + "\n")
  }

  /// Returns the error to throw for a problem that was already shown.
  func ending(_ summary: String, _ status: Exit) -> ExitCode {
    failure.words = summary
    return ExitCode(status.rawValue)
  }

  /// Prints a warning.
  func warn(_ text: String) {
    note(error.wrapped(error.yellow("Warning: ") + printable(text)) + "\n")
  }

  /// Ends the tool with an error if results were lost: half a plan must not look like a complete one.
  static func checkOutput() {
    if let lostOutput, !lostOutput.isBrokenPipe { Process.leave(Exit.error.rawValue) }
  }
}

/// How to show text on one output: with colors or without, and how wide.
struct Style {
  let isColored: Bool
  /// Columns of the terminal; nil for a file or a pipe, where lines are left whole.
  var columns: Int?

  init(_ descriptor: Int32, colorsAllowed: Bool) {
    let isTerminal = Process.isTerminal(descriptor)
    isColored = colorsAllowed && isTerminal
    columns = isTerminal ? Process.columns(descriptor) : nil
  }

  func bold(_ text: String) -> String { paint(text, "1") }
  func faint(_ text: String) -> String { paint(text, "2") }
  func red(_ text: String) -> String { paint(text, "31") }
  func green(_ text: String) -> String { paint(text, "32") }
  func yellow(_ text: String) -> String { paint(text, "33") }
  func cyan(_ text: String) -> String { paint(text, "36") }

  private func paint(_ text: String, _ code: String) -> String {
    isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// Sentences broken between words to fit the terminal, at most `widest` columns wide. All lines
  /// but the first begin with `hanging` spaces.
  func wrapped(_ text: String, hanging: Int = 0, upTo widest: Int = 100) -> String {
    guard let columns else { return text }
    let limit = max(40, min(columns, widest))
    if text.utf8.count <= limit { return text }
    let indent = String(repeating: " ", count: hanging)
    var lines: [String] = []
    var words = text.split(separator: " ", omittingEmptySubsequences: false)[...]
    var line = String(words.removeFirst())
    var width = Self.width(line[...])
    for word in words {
      let length = Self.width(word)
      if width + 1 + length > limit, width > hanging {
        lines.append(Self.trimmed(line))
        line = indent + word
        width = hanging + length
      } else if !lines.isEmpty, width == hanging {
        // The blanks of a column that begins after a break.
        line += word
        width += length
      } else {
        line += " " + word
        width += 1 + length
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }

  /// A line without the blanks at its end, also those before colors end.
  private static func trimmed(_ line: String) -> String {
    let reset = "\u{1B}[0m"
    var (text, end) = (line[...], "")
    while true {
      if text.last == " " {
        text.removeLast()
      } else if text.hasSuffix(reset) {
        text.removeLast(reset.count)
        end += reset
      } else {
        return text + end
      }
    }
  }

  /// How many columns a word takes; colors take none.
  private static func width(_ word: Substring) -> Int {
    var width = 0
    var isEscape = false
    for scalar in word.unicodeScalars {
      if scalar == "\u{1B}" { isEscape = true }
      if !isEscape { width += scalar.columns }
      if scalar == "m" { isEscape = false }
    }
    return width
  }
}
