internal import Bytes
internal import Crypto

/// A file of allowed signers (ALLOWED SIGNERS in ssh-keygen(1)), read strictly: a policy counts people
/// by it, so nothing in it may make one person look like two.
package struct AllowedSigners: Equatable, Sendable {
  /// How many keys it lists.
  package let keys: Int
  /// Whether a certificate authority is among them, which may stand for any number of people.
  package let hasAuthority: Bool

  /// Why a file is not used: what is wrong, and in which line.
  package enum Problem: Error, Equatable, Sendable {
    /// It has no signer.
    case empty
    /// A byte that is no printable ASCII character: an invisible or similar one could make two names
    /// of one.
    case unprintable(line: Int)
    /// It is not `names [options] key-type key`.
    case malformed(line: Int)
    /// A name is empty, or begins or ends with a blank.
    case name(line: Int)
    /// Two lines list the same key: ssh-keygen would show only the names of the first.
    case sameKey(line: Int, first: Int)
  }

  package init(_ bytes: [UInt8]) throws(Problem) {
    var lines: [[UInt8]: Int] = [:]
    var hasAuthority = false
    let all = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in all.enumerated() {
      let number = index + 1
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.first(where: { !$0.isBlank }) == UInt8(ascii: "#") { continue }
      guard line.allSatisfy({ $0 == UInt8(ascii: "\t") || 0x20...0x7E ~= $0 }) else {
        throw .unprintable(line: number)
      }
      guard let fields = Self.fields(of: line) else { throw .malformed(line: number) }
      guard let names = fields.first else { continue }
      try Self.check(names, line: number)
      guard let (options, key) = Self.key(in: fields.dropFirst()) else {
        throw .malformed(line: number)
      }
      if let first = lines[key] { throw .sameKey(line: number, first: first) }
      lines[key] = number
      hasAuthority = hasAuthority || options.map(Self.namesAuthority) ?? false
    }
    if lines.isEmpty { throw .empty }
    keys = lines.count
    self.hasAuthority = hasAuthority
  }

  /// The options, if there are any, and the key behind the names of a line; nil if it has no key.
  private static func key(
    in fields: ArraySlice<ArraySlice<UInt8>>
  ) -> (options: ArraySlice<UInt8>?, key: [UInt8])? {
    for (type, text) in zip(fields, fields.dropFirst()).prefix(2) {
      // A key begins with its type, after the length of that in four bytes.
      guard let key = Base64.decode(Array(text)), key.count > 4 + type.count,
        key.starts(with: [0, 0, 0, UInt8(clamping: type.count)]),
        key.dropFirst(4).starts(with: type)
      else { continue }
      return (type.startIndex == fields.first?.startIndex ? nil : fields.first, key)
    }
    return nil
  }

  /// The fields of a line, which blanks divide unless they are quoted; nil if a quote does not end, or
  /// is escaped, so that ssh-keygen would divide it in another way.
  private static func fields(of line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
    if line.contains(UInt8(ascii: "\\")) { return nil }
    var isQuoted = false
    let fields = line.split { byte in
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      return !isQuoted && (byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t"))
    }
    return isQuoted ? nil : fields
  }

  private static func check(
    _ names: ArraySlice<UInt8>, line: Int
  ) throws(Problem) {
    let quote = UInt8(ascii: "\"")
    let isQuoted = names.first == quote && names.last == quote && names.count >= 2
    let names = isQuoted ? names.dropFirst().dropLast() : names
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    for name in names.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let first = name.first, let last = name.last, !blanks.contains(first),
        !blanks.contains(last), !name.contains(quote)
      else { throw .name(line: line) }
    }
  }

  private static func namesAuthority(_ field: ArraySlice<UInt8>) -> Bool {
    field.split(separator: UInt8(ascii: ",")).contains {
      // In lower case; "-" stays as it is.
      $0.map { $0 | 0x20 }.elementsEqual("cert-authority".utf8)
    }
  }
}

extension AllowedSigners.Problem {
  /// What is wrong, after the name of the file, and what to do.
  package var words: String {
    switch self {
    case .empty:
      "has no signer. Write a line for each, such as `anna@example.com ssh-ed25519 AAAA...`."
    case .unprintable(let line):
      "has a character in line \(line) that is not printable ASCII, so one person could look like two. "
        + "Write names and keys in ASCII, without a byte order mark."
    case .malformed(let line):
      "has no signer in line \(line). A line is `anna@example.com ssh-ed25519 AAAA...`."
    case .name(let line):
      "has a name in line \(line) that is empty, contains a quote, or begins or ends with a blank. "
        + "Write names as `anna@example.com`, several with a comma and no blank between them."
    case .sameKey(let line, let first):
      "lists one key in lines \(first) and \(line). List each key once, with all its names in one line."
    }
  }
}
