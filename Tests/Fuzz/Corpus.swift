internal import FoundationEssentials

extension FuzzTarget {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// The inputs in the repository, by name: valid ones from imprune's own writers, unusual ones,
  /// and every one that ever broke a rule.
  package func corpus() throws -> [(name: String, bytes: [UInt8])] {
    let folder = Self.folder.appendingPathComponent("Corpus").appendingPathComponent(rawValue)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
      (name, Array(try Data(contentsOf: folder.appendingPathComponent(name))))
    }
  }

  /// Tokens that mean something to a parser, from a dictionary in libFuzzer's format: lines of
  /// `"piece"` with `\xNN`, `\\` and `\"`.
  package static func dictionary() throws -> [[UInt8]] {
    let text = try Data(contentsOf: folder.appendingPathComponent("dictionary.txt"))
    return text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard line.first == UInt8(ascii: "\""), line.last == UInt8(ascii: "\"") else { return nil }
      return unescaped(Array(line.dropFirst().dropLast()))
    }
  }

  private static func unescaped(_ line: [UInt8]) -> [UInt8] {
    var piece: [UInt8] = []
    var rest = line[...]
    while let byte = rest.popFirst() {
      if byte != UInt8(ascii: "\\") {
        piece.append(byte)
      } else if rest.first == UInt8(ascii: "x") {
        let digits = String(decoding: rest.dropFirst().prefix(2), as: UTF8.self)
        piece.append(UInt8(digits, radix: 16) ?? 0)
        rest = rest.dropFirst(3)
      } else if let escaped = rest.popFirst() {
        piece.append(escaped)
      }
    }
    return piece
  }
}
