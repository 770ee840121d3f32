import Glibc

/// A file to replace in one step: the temporary file gets its name when complete, or never.
package final class FileReplacement {
  package let draft: File
  private let target: String
  private var isCommitted = false

  /// Creates a temporary file next to the file; does not follow a link. It keeps mode and owner of an
  /// old file; a new one is 0600.
  package init(of path: String) throws(SystemError) {
    target = path
    let old = try FileSystem.status(ofItself: path)
    if let old, old.kind != .regular {
      throw SystemError(
        action: "replace", path: path, code: old.kind == .folder ? EISDIR : EINVAL,
        rule: "cannot replace \(path): it is \(old.kind.words)")
    }
    draft = try Self.draft(of: path)
    if let old { draft.adopt(old) }
  }

  /// A new file next to another, with a unique name: it never writes to a temporary file of another
  /// run or to a link under that name.
  static func draft(of path: String) throws(SystemError) -> File {
    let number = String(UInt32.random(in: .min ... .max), radix: 16)
    return try File.open("\(path).\(number).tmp", for: .creating)
  }

  deinit {
    // A leftover temporary file does no harm.
    if !isCommitted { try? RealDisk().remove(draft.path) }
  }

  /// Syncs the temporary file and gives it the file's name.
  package func commit() throws(SystemError) {
    try draft.sync()
    try RealDisk().rename(draft.path, to: target)
    isCommitted = true
    try RealDisk().syncFolder(of: target)
  }
}
