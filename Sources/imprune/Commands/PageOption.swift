import ArgumentParser
import PruneCore
import PruneEngine

/// The page for a browser that a command can write.
struct PageOption: ParsableArguments {
  static let flag = "--html-out"
  static let failure = "imprune cannot save the page"

  @Option(
    name: .customLong("html-out"),
    help: ArgumentHelp(
      "Write a page for a browser, at most 20 MB, even if the command fails.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var htmlOut: String?

  /// The file, by its flag.
  var named: (flag: String, path: String?) { (Self.flag, htmlOut) }
}

extension Console {
  /// Throws if an output would replace a file that the command reads.
  func requireOther(
    _ places: OutputPlaces, than inputs: [String], _ state: StateFiles?
  ) throws(ExitCode) {
    try checked(failing: PageOption.failure) { () throws(OutputRefusal) in
      try places.requireOther(than: inputs, state)
    }
  }

  /// Runs a part of a command. If it fails, also writes a page of what failed: an old page must not look
  /// like the result of this command. While the command does not know all files that it reads, the page
  /// replaces none that may be one.
  func withPage<Value>(
    _ places: OutputPlaces, of failed: (String) -> [UInt8],
    mayBeInput: Bool = false, _ body: () throws -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch let code as ExitCode {
      guard let failure = lastFailure else { throw code }
      if !mayBeInput || (try? places.requireNoInput()) != nil {
        try save(page: failed(failure), places)
      }
      throw code
    }
  }

  /// Writes a page, which is made only if there is a place for it.
  func save(
    page: @autoclosure () -> [UInt8], _ places: OutputPlaces
  ) throws(ExitCode) {
    guard let place = places[PageOption.flag] else { return }
    try attempt(OutputFile.save(page(), to: place)) { (error: SystemError) in
      fail(PageOption.failure, "\(error). Name another file with \(PageOption.flag).")
    }
  }
}
