private import Glibc

/// A file that lines are appended to at once, without a buffer: a reader sees them as they are
/// written, and none is lost when the process ends.
///
/// The only place of the sandbox that calls C for files, since FoundationEssentials cannot append.
struct OutputFile: Sendable {
  static let standardOutput = OutputFile(descriptor: 1)
  static let standardError = OutputFile(descriptor: 2)

  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Opens a place for appending and makes the file if need be; nil if that cannot be done.
  ///
  /// It stays open until the process ends.
  init?(appendingTo place: OutputPlace) {
    switch place {
    case .descriptor(let number): descriptor = number
    case .file(let path):
      descriptor = unsafe open(
        path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0o644)
      guard descriptor >= 0 else { return nil }
    }
  }

  /// Appends `bytes`; false when they could not all be written. A reader that has closed its pipe wants
  /// no more, which is no failure.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var left = bytes[...]
    while !left.isEmpty {
      let count = unsafe left.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count < 0 && errno == EPIPE }
      left = left.dropFirst(count)
    }
    return true
  }

  /// Appends `line` and a line end.
  @discardableResult
  func write(line: String) -> Bool {
    write(Array((line + "\n").utf8))
  }
}

/// Where an output goes, by the rules that imprune's own outputs follow: no link, nothing of git's,
/// nothing that may be run, and no file that is read.
enum OutputPlace: Equatable, Sendable {
  /// A descriptor that the process was started with: `/dev/stdout`, `/dev/fd/3`.
  case descriptor(Int32)
  /// A file, a FIFO or a device.
  case file(String)

  struct Refusal: Error {
    let words: String
  }

  init(_ path: String, notOver inputs: [String]) throws(Refusal) {
    if let number = Self.descriptor(path) {
      guard fcntl(number, F_GETFL) != -1, fcntl(number, F_GETFL) & O_ACCMODE != O_RDONLY else {
        throw Refusal(words: "\(path) is not open for writing")
      }
      self = .descriptor(number)
      return
    }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
    let real = Self.realPath(String(folder))
    if ((real ?? "") + "/" + path).lowercased().split(separator: "/").contains(".git") {
      throw Refusal(words: "\(path) is inside a git folder; choose another path")
    }
    self = .file(path)
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFLNK: throw Refusal(words: "\(path) is a link; name the target file")
    case S_IFREG, S_IFIFO, S_IFCHR: break
    default: throw Refusal(words: "\(path) is not a regular file; name one")
    }
    if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o111 != 0 {
      throw Refusal(
        words:
          "\(path) is executable, and the sandbox does not overwrite executables; name another file"
      )
    }
    var input = stat()
    for name in inputs
    where unsafe stat(name, &input) == 0
      && (input.st_dev, input.st_ino) == (status.st_dev, status.st_ino)
    {
      throw Refusal(
        words: "\(path) is the same file as \(name), which the sandbox reads; name another file")
    }
  }

  private static func descriptor(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default:
      guard path.hasPrefix("/dev/fd/") else { return nil }
      return Int32(path.dropFirst("/dev/fd/".count))
    }
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
