/// The problem of a text that should be only a key or a signature.
package enum SecretProblem: Error, Equatable, Sendable, CaseIterable {
  case empty, tooLong
  case byteOrderMark, utf16
  case carriageReturn, severalLines
  case quotes, assignment
  case blanksAround, blankInside
  case unusual

  /// The maximum length, in bytes.
  package static let maxBytes = 4096

  /// What is wrong and what to do, as the end of a sentence.
  package var words: String {
    switch self {
    case .empty: "it is empty; write the key or signature into it"
    case .tooLong:
      "it is longer than \(Self.maxBytes) bytes; check that this is the app's "
        + "secret key or signature"
    case .byteOrderMark:
      "it begins with a byte order mark (BOM), as some editors write it; save it as UTF-8 "
        + "without BOM"
    case .utf16: "it is UTF-16; save it as UTF-8 without BOM"
    case .carriageReturn:
      "its line ends with CR LF, and the CR would be part of it; save it with LF only"
    case .severalLines: "it has several lines; leave only the line with the key or signature"
    case .quotes: "it has quotes around it; remove them"
    case .assignment: "it is an assignment (`NAME=...`); keep only the value"
    case .blanksAround: "it has spaces around it; remove them"
    case .blankInside: "it contains a space; remove it"
    case .unusual:
      "it contains characters that are not printable ASCII; copy it again from the "
        + "console"
    }
  }
}

extension Secret {
  /// Reads a key or a signature that is alone on one line, with or without a line break at the end.
  init(line bytes: [UInt8]) throws(SecretProblem) {
    var line = bytes[...]
    while line.last == UInt8(ascii: "\n") { line.removeLast() }
    if let problem = Self.problem(line) { throw problem }
    self.init(String(decoding: line, as: UTF8.self))
  }

  private static func problem(_ line: ArraySlice<UInt8>) -> SecretProblem? {
    if line.count > SecretProblem.maxBytes { return .tooLong }
    if line.starts(with: [0xEF, 0xBB, 0xBF]) { return .byteOrderMark }
    if line.starts(with: [0xFF, 0xFE]) || line.starts(with: [0xFE, 0xFF]) { return .utf16 }
    let blanks: [UInt8] = [0x20, 0x09]
    guard let first = line.first(where: { !blanks.contains($0) && $0 != 0x0D }) else {
      return .empty
    }
    if line.contains(0x0A) || line.dropLast().contains(0x0D) { return .severalLines }
    if line.last == 0x0D { return .carriageReturn }
    if line.first != first || blanks.contains(line.last ?? first) { return .blanksAround }
    let text = String(decoding: line, as: UTF8.self)
    let quotes: Set<Unicode.Scalar> = [
      "\"", "'", "`", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201C}", "\u{201D}", "\u{201E}",
      "\u{AB}", "\u{BB}",
    ]
    if let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
      quotes.contains(first) || quotes.contains(last)
    {
      return .quotes
    }
    if isAssignment(text) { return .assignment }
    if line.contains(where: blanks.contains) { return .blankInside }
    return line.allSatisfy { (0x21...0x7E).contains($0) } ? nil : .unusual
  }

  /// Whether a text is `NAME=value`, with or without `export`; `=` only at the end is padding.
  private static func isAssignment(_ text: String) -> Bool {
    let text = text.hasPrefix("export ") ? text.dropFirst(7) : text[...]
    guard let sign = text.firstIndex(of: "="), text[sign...].contains(where: { $0 != "=" }),
      let first = text.first, !first.isNumber
    else { return false }
    let name = text[..<sign].reversed().drop { $0 == " " }
    return !name.isEmpty
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
