import Fuzzing
import Testing

@testable import imprune_sandbox

/// The sandbox reads what the tool's reader of answers is fed with.
@Suite struct JSONScannerFuzzTests {
  @Test func `what is read of damaged JSON is written and read the same`() throws {
    for target in [FuzzTarget.answer, .plan] {
      let mutator = try Mutator(target)
      for seed in 1...250 as ClosedRange<UInt64> {
        guard let value = try? JSONScanner.value(of: mutator.input(seed: seed)) else { continue }
        var text = JSONText()
        text.value(value)
        #expect(try JSONScanner.value(of: text.bytes) == value, "\(target), seed \(seed)")
      }
    }
  }
}

extension JSONText {
  fileprivate mutating func value(_ value: JSONValue) {
    switch value {
    case .null: raw("null")
    case .bool(let isTrue): raw(isTrue ? "true" : "false")
    case .number(let text): raw(String(decoding: text, as: UTF8.self))
    case .string(let content): string(content)
    case .array(let elements): array(elements) { $0.value($1) }
    case .object(let members):
      object(members) { text, member in
        text.string(member.name)
        text.raw(":")
        text.value(member.value)
      }
    }
  }
}
