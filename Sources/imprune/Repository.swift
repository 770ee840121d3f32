import Bytes
import PruneEngine

/// The folder from which other programs name files: where a job has checked out the repository, or else
/// the current folder.
struct Repository {
  private let here: String
  private let top: String

  /// Paths of folders, with links resolved; `here` is the current one.
  init(top: String?, here: String) {
    self.here = here
    self.top = top.flatMap { FileSystem.isBelow($0, here) ? $0 : nil } ?? here
  }

  /// The checkout of the job of GitHub Actions or GitLab CI that imprune runs in.
  init(_ environment: (String) -> String?) {
    // Without a current folder, imprune could not have read a file either.
    let here = (try? FileSystem.realPath(".")) ?? ""
    let tops = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"].compactMap(environment)
      .compactMap { try? FileSystem.realPath($0) }
    self.init(top: tops.first { FileSystem.isBelow($0, here) }, here: here)
  }

  /// The path of a file from the top of the repository on; of one elsewhere, from the current folder on
  /// or absolute, as it was named.
  func path(of file: String) -> String {
    // The file that was read: a folder of its path may be a link.
    if let real = try? FileSystem.realPath(file), FileSystem.isBelow(top, real) {
      return named(real)
    }
    return named(file)
  }

  private func named(_ file: String) -> String {
    let isAbsolute = FileSystem.isAbsolute(file)
    let whole = Self.names(in: isAbsolute ? file : "\(here)/\(file)")
    let start = Self.names(in: top)
    if whole.count > start.count,
      Self.text(whole.prefix(start.count)).utf8
        .elementsEqual(Self.text(start[...]).utf8)
    {
      return Self.text(whole.dropFirst(start.count))
    }
    let names = Self.text(Self.names(in: file)[...])
    return isAbsolute ? "/" + names : names.isEmpty ? "." : names
  }

  /// The path as a reference to a URI: relative, or with `file:`. All but letters, digits, `-._~` and `/`
  /// is percent-encoded.
  func uri(of file: String) -> String {
    let path = path(of: file)
    let encoded = path.utf8.percentEncoded(keeping: "/")
    return FileSystem.isAbsolute(path) ? "file://\(encoded)" : encoded
  }

  /// The names in a path, without `.` and with each `..` taken back.
  private static func names(in path: String) -> [String] {
    var names: [String] = []
    for name in FileSystem.names(in: path) where name != "." {
      if name == "..", let last = names.last, last != ".." {
        names.removeLast()
      } else if name != ".." || !FileSystem.isAbsolute(path) {
        names.append(name)
      }
    }
    return names
  }

  private static func text(_ names: ArraySlice<String>) -> String {
    names.joined(separator: "/")
  }
}
