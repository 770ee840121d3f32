/// Finds out whether git changes a file on checkout, as filters such as Git LFS and git-crypt do: then
/// the content in git differs from the file in the work tree.
final class GitFilters {
  private let process: Subprocess
  private let top: String
  /// Whether git supports attributes at a commit, as it does from 2.40 on; older versions use the
  /// work tree.
  private let answersForCommit: Bool

  /// The attributes with which git changes a file's content, except line breaks.
  private static let attributes = ["filter", "working-tree-encoding", "ident"]

  /// Those at a commit, or nil for the work tree.
  init(_ git: Git, at commit: String?) throws(GitError) {
    answersForCommit = commit == nil ? false : try Self.knowsSource(git)
    top = git.folder
    let source = answersForCommit ? ["--source", commit ?? ""] : []
    process = try git.start(["check-attr", "-z", "--stdin"] + source + Self.attributes)
  }

  /// Whether git has `check-attr --source`.
  private static func knowsSource(_ git: Git) throws(GitError) -> Bool {
    // `git version 2.39.5 (...)`
    let words = try git.line(of: ["version"]).split(separator: " ")
    let numbers = (words.count > 2 ? words[2] : "").split(separator: ".").map { Int($0) ?? 0 }
    return numbers.count > 1 && (numbers[0], numbers[1]) >= (2, 40)
  }

  /// Why git's content of a file differs from the file's real content, as text; nil if it does not.
  /// `attributes` returns the `.gitattributes` of a folder at the commit, by its path from the top.
  func filter(
    of path: [[UInt8]], content: [UInt8],
    attributes: (_ folder: [[UInt8]]) throws(GitError) -> [UInt8]?
  ) throws(GitError) -> String? {
    let filter = try filter(of: path, beginning: content) { () throws(GitError) in
      content.holds(Self.keyword)
    }
    if filter != nil { return filter }
    if answersForCommit { return nil }
    for count in path.indices {
      let folder = Array(path[..<count])
      guard let then = try attributes(folder), Self.attributes.contains(where: then.holds) else {
        continue
      }
      if then != current(folder) {
        return
          "its .gitattributes name filters or encodings and changed since; only git 2.40 or "
          + "newer can say whether one applies to this file"
      }
    }
    return nil
  }

  /// The same, by the attributes alone. `beginning` is that of the content, and `holdsKeyword` says
  /// whether it has the one that `ident` replaces.
  func filter(
    of path: [[UInt8]], beginning: [UInt8], holdsKeyword: () throws(GitError) -> Bool
  ) throws(GitError) -> String? {
    if let program = Self.program(behind: beginning) { return "\(program) keeps it elsewhere" }
    for (attribute, value) in try values(of: path) {
      if ["unspecified", "unset"].contains(value) { continue }
      switch attribute {
      case "filter": if value != "set" { return "the filter `\(value)` changes it" }
      case "ident": if try holdsKeyword() { return "the attribute `ident` changes it" }
      default:
        if value.lowercased() != "utf-8" {
          return "the attribute `\(attribute)=\(value)` changes it"
        }
      }
    }
    return nil
  }

  /// What `ident` replaces.
  static let keyword = "$Id"

  /// The program that wrote the content as a pointer.
  private static func program(behind content: [UInt8]) -> String? {
    if content.starts(with: "version https://git-lfs.github.com/spec/".utf8) { return "Git LFS" }
    return content.starts(with: "\0GITCRYPT\0".utf8) ? "git-crypt" : nil
  }

  /// The value of each attribute of a file.
  private func values(of path: [[UInt8]]) throws(GitError) -> [(attribute: String, value: String)] {
    let name = Array(path.joined(separator: [UInt8(ascii: "/")]))
    var output: [UInt8] = []
    do throws(SystemError) {
      try process.write(name + [0])
      // For each attribute the path, the attribute, its value; each followed by a zero byte.
      var chunk: [UInt8] = []
      while output.count(where: { $0 == 0 }) < 3 * Self.attributes.count {
        try process.read(into: &chunk, limit: 1 << 16)
        if chunk.isEmpty { break }
        output += chunk
      }
    } catch {
      if !error.isBrokenPipe { throw .system(error) }
    }
    let parts = output.split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 3 * Self.attributes.count + 1 else {
      throw .failed(command: "check-attr", words: process.end().words)
    }
    var values: [(String, String)] = []
    for (index, attribute) in Self.attributes.enumerated() {
      let part = parts[(3 * index)..<(3 * index + 3)].map { $0 }
      guard part[0] == name[...], part[1].elementsEqual(attribute.utf8) else {
        throw .failed(command: "check-attr", words: process.end().words)
      }
      values.append((attribute, String(decoding: part[2], as: UTF8.self)))
    }
    return values
  }

  /// The `.gitattributes` of a folder in the work tree.
  private func current(_ folder: [[UInt8]]) -> [UInt8]? {
    let names = folder.map { String(decoding: $0, as: UTF8.self) }
    let path = ([top] + names + [".gitattributes"]).joined(separator: "/")
    // Unreadable attributes count as different.
    return try? File.open(path, for: .readingItself).requireRegular().content(
      upTo: GitSnapshot.mostAttributes)
  }
}

extension [UInt8] {
  fileprivate func holds(_ word: String) -> Bool { firstRange(of: Array(word.utf8)) != nil }
}
