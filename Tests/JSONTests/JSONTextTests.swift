import JSON
import Foundation
import PruneCore
import TestSupport
import Testing

/// Any text written as JSON is read back unchanged.
@Suite struct JSONTextTests {
  @Test func `members follow the layout`() {
    var json = JSONText()
    json.object(.lines) { json in
      json.field("a", 1)
      json.key("b")
      json.array { json in
        json.value(true)
        json.null()
        json.object { json in json.field("c", nil as String?) }
      }
      json.key("d")
      json.array(.lines) { json in
        json.value(-2)
        json.object { _ in }
      }
      json.key("e")
      json.array(.lines) { _ in }
    }
    #expect(
      String(decoding: json.bytes, as: UTF8.self) == """
        {
          "a": 1,
          "b": [true, null, {"c": null}],
          "d": [
            -2,
            {}
          ],
          "e": []
        }
        """)
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func `any text round-trips`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let scalars = (0..<50).map { _ in
      Unicode.Scalar(UInt32(random.below(random.pick([0x30, 0x80, 0x800, 0xD800])))) ?? "x"
    }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    var json = JSONText()
    json.array { json in
      json.value(text)
      if let id = UserID(String(text.prefix(3))) { json.value(id) }
    }
    #expect(json.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    let read = try JSONDecoder().decode([String].self, from: Data(json.bytes))
    #expect(read[0].unicodeScalars.elementsEqual(text.unicodeScalars))
  }

  @Test func `only the necessary characters are escaped`() {
    var json = JSONText()
    json.value("[a] #[ \"\\ \u{1F}\u{20}\u{7E}\u{7F} é##[###[")
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #""[a] #[ \"\\ \u001f ~\u007f é##\u005b###\u005b""#)
  }

  @Test func `numbers are written in full`() {
    var json = JSONText()
    json.array { json in
      json.value(UInt64.max)
      json.value(Int.min)
      json.value(0)
      json.value(Int8.min)
    }
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == "[18446744073709551615, -9223372036854775808, 0, -128]")
  }

  @Test func `text drained in pieces equals the whole text`() {
    let word = String(repeating: "a", count: 1000)
    func write(_ json: inout JSONText, to sink: ([UInt8]) -> Void) {
      json.array(.lines) { json in
        for _ in 0..<1100 {
          json.value(word)
          json.drain(to: sink)
        }
      }
    }
    var (pieces, whole) = (JSONText(), JSONText())
    var drained: [UInt8] = []
    var count = 0
    write(&pieces) {
      drained += $0
      count += 1
    }
    #expect(count == 1)
    whole.array(.lines) { json in for _ in 0..<1100 { json.value(word) } }
    #expect(drained + pieces.take() == whole.bytes)
  }

  @Test func `text taken in pieces equals the whole text`() {
    var pieces = JSONText()
    var taken: [UInt8] = []
    pieces.array(.lines) { json in
      for number in 0..<5 {
        json.value(number)
        taken += json.take()
      }
    }
    taken += pieces.take()
    #expect(String(decoding: taken, as: UTF8.self) == "[\n  0,\n  1,\n  2,\n  3,\n  4\n]")
  }

  @Test func `no part of the text looks like a runner command`() throws {
    var json = JSONText()
    json.array { json in
      json.value("##[error]##[")
      if let id = UserID("##[add-mask]e") { json.value(id) }
      json.array { $0.value("##") }
    }
    let text = String(decoding: json.bytes, as: UTF8.self)
    #expect(!text.contains("##["))
    let read = try JSONValue(json.bytes)
    #expect(read.array?.first?.string == "##[error]##[")
    #expect(read.array?[1].string == "##[add-mask]e")
  }
}
