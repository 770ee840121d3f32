/// Tells whether a file is changed by a filter between what git keeps and what lies in the work tree,
/// as Git LFS and git-crypt do: then what git keeps is not what the file says.
final class GitFilters {
  private let process: Subprocess
  private let top: String
  /// Whether git answers for the commit, which it does from 2.40 on; before, it does for the work tree.
  private let answersForCommit: Bool

  init(_ git: Git, at commit: String) throws(GitError) {
    answersForCommit = try Self.knowsSource(git)
    top = git.folder
    let source = answersForCommit ? ["--source", commit] : []
    do throws(SystemError) {
      process = try git.start(["check-attr", "-z", "--stdin"] + source + ["filter"])
    } catch {
      throw .system(error)
    }
  }

  /// Whether git has `check-attr --source`.
  private static func knowsSource(_ git: Git) throws(GitError) -> Bool {
    // `git version 2.39.5 (...)`
    let words = try git.line(of: ["version"]).split(separator: " ")
    let numbers = (words.count > 2 ? words[2] : "").split(separator: ".").map { Int($0) ?? 0 }
    return numbers.count > 1 && (numbers[0], numbers[1]) >= (2, 40)
  }

  /// Why the content that git keeps of a file is not what the file says, in words; nil if it is.
  /// `attributes` gives the `.gitattributes` of a folder at the commit, by its way from the top.
  func filter(
    of path: [[UInt8]], content: [UInt8],
    attributes: (_ folder: [[UInt8]]) throws(GitError) -> [UInt8]?
  ) throws(GitError) -> String? {
    if let program = Self.program(behind: content) { return "\(program) keeps it elsewhere" }
    if let driver = try driver(of: path) { return "the filter `\(driver)` changes it" }
    if answersForCommit { return nil }
    for count in path.indices {
      let folder = Array(path[..<count])
      guard let then = try attributes(folder), then.holds("filter") else { continue }
      if then != current(folder) {
        return
          "its .gitattributes name filters and were changed since, and only git 2.40 or newer can "
          + "tell whether one is about it"
      }
    }
    return nil
  }

  /// The program whose mark a content bears.
  private static func program(behind content: [UInt8]) -> String? {
    if content.starts(with: "version https://git-lfs.github.com/spec/".utf8) { return "Git LFS" }
    return content.starts(with: "\0GITCRYPT\0".utf8) ? "git-crypt" : nil
  }

  /// The filter that the attributes name for a file.
  private func driver(of path: [[UInt8]]) throws(GitError) -> String? {
    let name = Array(path.joined(separator: [UInt8(ascii: "/")]))
    var output: [UInt8] = []
    do throws(SystemError) {
      try process.write(name + [0])
      // The path, the attribute, its value; each ended by a zero byte.
      var chunk: [UInt8] = []
      while output.count(where: { $0 == 0 }) < 3 {
        try process.read(into: &chunk, limit: 1 << 16)
        if chunk.isEmpty { break }
        output += chunk
      }
    } catch {
      if !error.isBrokenPipe { throw .system(error) }
    }
    let parts = output.split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == name[...] else {
      throw .failed(command: "check-attr", words: process.end().words)
    }
    let value = String(decoding: parts[2], as: UTF8.self)
    return ["unspecified", "unset", "set"].contains(value) ? nil : value
  }

  /// The `.gitattributes` of a folder as it is in the work tree.
  private func current(_ folder: [[UInt8]]) -> [UInt8]? {
    let names = folder.map { String(decoding: $0, as: UTF8.self) }
    let path = ([top] + names + [".gitattributes"]).joined(separator: "/")
    // What cannot be read differs, whatever the reason.
    guard let file = try? File.open(path, for: .readingItself).requireRegular() else { return nil }
    var bytes: [UInt8] = []
    var chunk: [UInt8] = []
    repeat {
      guard (try? file.read(into: &chunk, limit: 1 << 16)) != nil else { return nil }
      bytes += chunk
    } while !chunk.isEmpty && bytes.count <= GitSnapshot.mostAttributes
    return bytes
  }
}

extension [UInt8] {
  fileprivate func holds(_ word: String) -> Bool { firstRange(of: Array(word.utf8)) != nil }
}
