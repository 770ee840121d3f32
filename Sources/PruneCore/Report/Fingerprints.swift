internal import Crypto

/// Names for problems by which other programs recognize them in a later version of a file.
///
/// A fingerprint depends on the code of the problem, the file, the text of its line without blanks
/// around it, and how many problems before it have the same three. So it stays when lines move, and all
/// that one value makes are different.
package struct Fingerprints {
  /// By bytes: two spellings of a text are two texts.
  private var counts: [[UInt8]: Int] = [:]

  package init() {}

  /// The fingerprint of the next problem: 64 hexadecimal digits. `line` is the text of its line.
  package mutating func next(code: String, file: String, line: String) -> String {
    // A byte order mark belongs to the file, not to its first line.
    let text = line.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.trimmed
    let key = Array("\(code)\u{0}\(file)\u{0}\(text)".utf8)
    let count = counts[key, default: 0]
    counts[key] = count + 1
    return SHA256.hash(key + Array("\u{0}\(count)".utf8)).description
  }
}

extension Substring {
  /// Without blanks at the end.
  fileprivate var trimmed: Substring {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
