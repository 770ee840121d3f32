import PruneCore
import TestSupport
import Testing

/// Unquoted ids against the resolution rules as YAML 1.1 (yaml.org/type) and 1.2.2 (10.3.2) print
/// them.
@Suite struct PlainScalarTests {
  /// Whether a rule of either version does not resolve the scalar to a string.
  private func isResolved(_ text: String) -> Bool {
    let rules: [Regex<Substring>] = [
      // 1.1: bool, null, merge, value.
      /y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF/,
      /~|null|Null|NULL|/, /<</, /=/,
      // 1.1: int.
      /[-+]?0b[0-1_]+/, /[-+]?0[0-7_]+/, /[-+]?(?:0|[1-9][0-9_]*)/, /[-+]?0x[0-9a-fA-F_]+/,
      /[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+/,
      // 1.1: float; its pattern omits the `_` of its own example, `685.230_15e+03`.
      /[-+]?(?:[0-9][0-9_]*)?\.[0-9._]*(?:[eE][-+][0-9]+)?/,
      /[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*/, /[-+]?\.(?:inf|Inf|INF)/,
      /\.(?:nan|NaN|NAN)/,
      // 1.1: timestamp.
      /[0-9]{4}-[0-9]{2}-[0-9]{2}/,
      /[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*/,
      // 1.2, core schema.
      /[-+]?[0-9]+/, /0o[0-7]+/, /0x[0-9a-fA-F]+/,
      /[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?/,
    ]
    return rules.contains { text.wholeMatch(of: $0) != nil }
  }

  private func isCanonicalDecimal(_ text: String) -> Bool {
    text.wholeMatch(of: /0|[1-9][0-9]*/) != nil
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a scalar that a YAML rule resolves must be quoted`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let starts = Array("0123456789+-.~=<ynYNtfoO")
    let letters = Array("00112345678999__..::--++eExobaFTtZzn")
    var scalars: Set<String> = []
    while scalars.count < 90 {
      var scalar = String(random.pick(starts))
      for _ in 0..<random.below(8) { scalar.append(random.pick(letters)) }
      // A colon at the end would make a key of it, and a single dash a list.
      if !scalar.hasSuffix(":"), scalar != "-" { scalars.insert(scalar) }
    }
    let ids = scalars.sorted()
    let reading = readManifest(
      head + "users:\n  - tags: []\n    ids:\n" + ids.map { "      - \($0)\n" }.joined())
    let refused = reading.diagnostics.kept.filter { $0.summary == "Ambiguous id" }
    #expect(refused.count == reading.diagnostics.errors)
    let lines = Set(refused.map { Int($0.place.line) })
    for (index, id) in ids.enumerated() {
      let isRefused = lines.contains(index + 9)
      if isCanonicalDecimal(id) {
        #expect(!isRefused, "\(id)")
      } else if isResolved(id) {
        #expect(isRefused, "\(id)")
      } else if isRefused {
        // More may be refused, but only what looks like a number or a time.
        #expect(id.wholeMatch(of: /[-+.0-9][-+.:_0-9xobeEaFTtZzn]*/) != nil, "\(id)")
        #expect(id.contains { $0.isNumber || $0 == "." || $0 == "_" }, "\(id)")
      }
    }
  }

  @Test(arguments: UserIDTests.ambiguous)
  func `the tables for ids and the YAML rules agree`(id: String) {
    #expect(isResolved(id))
    #expect(!isCanonicalDecimal(id))
  }
}
