import Foundation
import TestSupport
import Testing

/// Compares texts with the files of Tests/Golden. `RECORD=1` rewrites them; review the diff.
enum Golden {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden").path

  static func expect(
    _ name: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = folder + "/" + name + ".txt"
    if ProcessInfo.processInfo.environment["RECORD"] == "1" {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return
    }
    let golden = try? String(contentsOfFile: path, encoding: .utf8)
    guard let golden else {
      Issue.record("there is no \(name).txt; RECORD=1 writes it", sourceLocation: sourceLocation)
      return
    }
    if Array(golden.utf8) == Array(text.utf8) { return }
    Issue.record(
      "\(name).txt differs:\n\(difference(golden, text))", sourceLocation: sourceLocation)
  }

  /// Lines that only one of the two has, each with a sign.
  private static func difference(_ old: String, _ new: String) -> String {
    let new = new.split(separator: "\n", omittingEmptySubsequences: false)
    let old = old.split(separator: "\n", omittingEmptySubsequences: false)
    return new.difference(from: old).map { change in
      switch change {
      case .insert(let line, let text, _): "+ \(line + 1): \(text)"
      case .remove(let line, let text, _): "- \(line + 1): \(text)"
      }
    }.joined(separator: "\n")
  }

  /// A text with placeholders for everything that differs from run to run.
  static func normal(_ text: String, _ place: TemporaryWorkspace) -> String {
    text.replacing(place.folder, with: "FOLDER")
      .replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:PORT")
      .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, with: "TIME")
      .replacing(/sha256:[0-9a-f]{64}/, with: "sha256:CHECKSUM")
      .replacing(/lineage(.)[0-9a-f]{16}/) { "lineage\($0.1)LINEAGE" }
      .replacing(/run [0-9a-f]{12}/, with: "run RUN")
      .replacing(/\t[0-9a-f]{12}(?=[\t\n])/, with: "\tRUN")
      .replacing(/digest [0-9a-f]{32}/, with: "digest DIGEST")
      .replacing(/"checksum": "[0-9a-f]{64}"/, with: "\"checksum\": \"CHECKSUM\"")
  }
}

extension TemporaryWorkspace {
  /// Compares what a run printed, and its exit code, with a golden file.
  func expect(
    _ name: String, _ result: ProcessResult, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try Golden.expect(name, Golden.normal(result.text, self), sourceLocation: sourceLocation)
  }
}
