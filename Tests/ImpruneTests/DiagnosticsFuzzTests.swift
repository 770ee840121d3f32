import Fuzzing
import PruneCore
import TestSupport
import Testing
import Bytes

@testable import imprune

/// What a terminal gets from unreviewed manifests.
@Suite struct DiagnosticsFuzzTests {
  @Test func `problems of any manifest are printed in visible characters`() throws {
    let list = Array("l1\nl2\n".utf8)
    let mutator = try Mutator(.manifest)
    for seed in 1...250 as ClosedRange<UInt64> {
      let bytes = mutator.input(seed: seed)
      let reading = readManifest(bytes, lists: ["leavers.txt": .bytes(list)])
      let text = DiagnosticsView.render(reading, Style(-1, colorsAllowed: false)) {
        lines, file, _ in
        let source = ByteSource(file == reading.files[0] ? bytes : list)
        return (try? SourceLines.read(lines, source)) ?? [:]
      }
      #expect(text.isEmpty == reading.diagnostics.kept.isEmpty, "seed \(seed)")
      let hidden = text.unicodeScalars.filter { $0.isHidden && $0 != "\n" }
      #expect(hidden.isEmpty, "seed \(seed): \(hidden)")
    }
  }
}
