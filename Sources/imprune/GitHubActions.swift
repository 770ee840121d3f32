import PruneCore
import PruneEngine

/// The GitHub Actions job that the tool runs in, as the environment describes it.
struct GitHubActions {
  /// Whether the output goes to a runner's log.
  let isRunner: Bool
  /// The file that a step's summary is appended to.
  private let summary: String?
  /// The file that a step's outputs are appended to.
  private let output: String?
  /// Where the repository is checked out.
  private let workspace: String?

  init(_ environment: (String) -> String?) {
    isRunner = environment("GITHUB_ACTIONS") == "true"
    summary = environment("GITHUB_STEP_SUMMARY")
    output = environment("GITHUB_OUTPUT")
    workspace = environment("GITHUB_WORKSPACE")
  }

  /// The files to append to, each with the variable that names it.
  var files: [(name: String, path: String)] {
    [("GITHUB_STEP_SUMMARY", summary), ("GITHUB_OUTPUT", output)].compactMap { name, path in
      path.map { (name, $0) }
    }
  }

  /// The folder that the tool runs in, relative to the repository: empty, or ended by `/`.
  var folder: String {
    guard let workspace, let root = try? FileSystem.realPath(workspace),
      let here = try? FileSystem.realPath("."), FileSystem.isBelow(root, here)
    else { return "" }
    return String(decoding: here.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self) + "/"
  }

  /// Writes the outputs that later steps use.
  func publish(_ plan: Plan) throws(SystemError) {
    guard let output else { return }
    let file = try File.open(output, for: .appending)
    try file.write(Array((ending(try file.lastByte()) + GitHubView.outputs(plan)).utf8))
  }

  /// The line break that the last line of a file lacks, if an earlier command left it incomplete:
  /// our first line would become part of it.
  private func ending(_ last: UInt8?) -> String {
    last == nil || last == UInt8(ascii: "\n") ? "" : "\n"
  }

  /// Appends to the summary, which people see, the text that `render` returns for the remaining
  /// bytes. Returns whether there was room.
  func summarize(_ render: (Int) -> String?) throws(SystemError) -> Bool {
    guard let summary else { return true }
    let file = try File.open(summary, for: .appending)
    // The step may have written there before; one limit applies to all of it.
    let used = try file.status().bytes
    let gap = ending(try file.lastByte()) + (used > 0 ? "\n" : "")
    let budget = MarkdownView.stepSummary - used - gap.utf8.count
    guard budget >= MarkdownView.leastBudget else { return false }
    guard let text = render(budget) else { return true }
    try file.write(Array((gap + text).utf8))
    return true
  }
}
