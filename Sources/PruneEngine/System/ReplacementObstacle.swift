import Glibc

/// Why a rename cannot replace a file, although its folder is writable.
package enum ReplacementObstacle: Equatable, Sendable {
  /// The file itself is a mount point, such as a container volume of a single file.
  case mounted
  /// The folder has the sticky bit, and neither it nor the file belongs to this user.
  case othersInStickyFolder
  /// The file has the attribute "immutable" or "append only" (`chattr`).
  case immutable
}

extension RealDisk {
  /// Looks for reasons why the kernel would refuse to rename another file over this one; nil if
  /// there are none.
  package func obstacle(toReplacing path: String) throws(SystemError) -> ReplacementObstacle? {
    if try isMountPoint(path) { return .mounted }
    let file = try status(of: path)
    if try !status(of: FileSystem.folder(of: path)).lets(replace: file) {
      return .othersInStickyFolder
    }
    if isImmutable(path) { return .immutable }
    return nil
  }

  /// Whether a path without links is a mount point (proc(5), mountinfo: the fifth column).
  private func isMountPoint(_ path: String) throws(SystemError) -> Bool {
    let escaped = Array(path.utf8).flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: " "): Array("\\040".utf8)
      case UInt8(ascii: "\t"): Array("\\011".utf8)
      case UInt8(ascii: "\n"): Array("\\012".utf8)
      case UInt8(ascii: "\\"): Array("\\134".utf8)
      default: [byte]
      }
    }
    // The kernel's file has an end; the bound is for other files.
    let table = try File.open("/proc/self/mountinfo", for: .reading).content(upTo: 1 << 26)
    return table.split(separator: UInt8(ascii: "\n")).contains { line in
      let columns = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      return columns.count > 4 && columns[4].elementsEqual(escaped)
    }
  }

  /// Whether the file has an attribute that forbids its replacement (ioctl_iflags(2)). On file
  /// systems without attributes no file has one.
  private func isImmutable(_ path: String) -> Bool {
    guard let file = try? File.open(path, for: .reading) else { return false }
    let (immutable, appendOnly): (Int32, Int32) = (0x10, 0x20)
    return file.attributes & (immutable | appendOnly) != 0
  }
}
