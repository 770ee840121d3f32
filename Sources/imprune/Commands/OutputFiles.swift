import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Throws if a file to be written is one that the plan is made from: it would be lost.
  func requireOther(
    _ outputs: [String?], than inputs: [String], _ state: StateFiles?
  ) throws(ExitCode) {
    let inputs = inputs + (state.map { [$0.path, $0.journal, $0.lock] } ?? [])
    // What does not exist is no input, and nothing is lost with it.
    let kept = inputs.compactMap { try? FileSystem.realPath($0) }
    for output in outputs.compactMap(\.self) {
      guard let real = try? FileSystem.realPath(output), kept.contains(real) else { continue }
      throw fail(
        "\(output) is not overwritten", "This plan is made from it; name another file.",
        status: .usage)
    }
  }
}
