import Glibc

/// A file about to be replaced: what is written to the draft takes its name as one step, or never.
package final class FileReplacement {
  package let draft: File
  private let target: String
  private var isCommitted = false

  /// Begins a draft beside the file; a link is not followed. Mode and owner of an old file stay, a new
  /// one is 0600.
  package init(of path: String) throws(SystemError) {
    target = path
    let old = try FileSystem.status(ofItself: path)
    if let old, old.kind != .regular {
      throw SystemError(
        action: "replace \(old.kind.words):", path: path,
        code: old.kind == .folder ? EISDIR : EINVAL)
    }
    draft = try Self.draft(of: path)
    if let old { draft.adopt(old) }
  }

  /// A new file beside another. Its name is its own: neither a draft of another run nor a link laid in
  /// its place is written to.
  static func draft(of path: String) throws(SystemError) -> File {
    let number = String(UInt32.random(in: .min ... .max), radix: 16)
    return try File.open("\(path).\(number).tmp", for: .creating)
  }

  deinit {
    // Nothing hangs on a draft that is left behind.
    if !isCommitted { _ = try? FileSystem.remove(draft.path) }
  }

  /// Makes the draft durable and gives it the file's name.
  package func commit() throws(SystemError) {
    try draft.sync()
    try FileSystem.rename(draft.path, to: target)
    isCommitted = true
    try FileSystem.syncFolder(of: target)
  }
}
