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
