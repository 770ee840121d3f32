import PruneCore

/// The lock of a state: one apply at a time. The kernel holds it and lets it go when the process
/// ends, however that happens; the lock file stays, and names the last holder.
package final class StateLock {
  private let file: File

  /// Why the lock could not be had.
  package enum Failure: Error, Equatable, Sendable {
    /// Another process holds it; its own words on who it is.
    case held(by: String)
    case system(SystemError)
  }

  /// Takes the lock; `command` tells others what it is held for.
  package init(_ files: StateFiles, command: String) throws(Failure) {
    do throws(SystemError) {
      file = try File.open(files.lock, for: .locking).requireRegular()
      let isMine = try file.lock()
      if isMine {
        try file.truncate(to: 0)
        let start = Timestamp(seconds: Process.wallSeconds())
        try file.write(
          Array(
            "pid \(Process.identifier) on \(Process.hostName), \(command), since \(start)\n".utf8))
        return
      }
    } catch {
      throw .system(error)
    }
    throw .held(by: Self.holder(files) ?? "a process that has not said who it is")
  }

  /// What the lock file says of its last holder.
  package static func holder(_ files: StateFiles) -> String? {
    // Only for a message: whoever holds the lock may be writing to the file just now.
    guard let file = try? File.open(files.lock, for: .readingItself).requireRegular() else {
      return nil
    }
    var bytes: [UInt8] = []
    guard (try? file.read(into: &bytes, limit: 512)) != nil else { return nil }
    let text = String(decoding: bytes.prefix { $0 >= 0x20 }, as: UTF8.self)
    // What we did not write is not shown: the file may be anybody's.
    return text.hasPrefix("pid ") ? text : nil
  }
}
