import Glibc

/// The kind of file at a path.
package enum FileKind: Equatable, Sendable {
  case regular
  case folder
  /// Only if links are not followed.
  case link
  case fifo
  /// A terminal, `/dev/null`.
  case device
  /// A disk, or a partition.
  case disk
  case socket

  /// Its description in a sentence.
  package var words: String {
    switch self {
    case .regular: "a file"
    case .folder: "a folder"
    case .link: "a link"
    case .fifo: "a FIFO"
    case .device, .disk: "a device"
    case .socket: "a socket"
    }
  }
}

/// The status of an open file.
package struct FileStatus: Equatable, Sendable {
  package let kind: FileKind
  package let bytes: Int
  /// Device and inode number: two paths with the same identity are the same file.
  package let identity: Identity
  /// How many names the file has; 0 after the last one is gone.
  package let links: Int
  /// When the content last changed, in nanoseconds since 1970.
  package let modified: Int64
  let mode: mode_t
  let owner: uid_t
  let group: gid_t

  /// Whether every user of the machine may read the file.
  package var isReadableByAll: Bool { mode & 0o004 != 0 }

  /// Whether anyone may execute the file.
  package var isExecutable: Bool { mode & 0o111 != 0 }

  package struct Identity: Equatable, Sendable {
    let device: UInt64
    let number: UInt64
  }
}

extension FileStatus {
  /// A simulated regular file.
  package init(simulated number: UInt64, bytes: Int, links: Int = 1, modified: Int64 = 0) {
    self.init(
      kind: .regular, bytes: bytes, identity: Identity(device: 0, number: number), links: links,
      modified: modified, mode: 0o600, owner: 0, group: 0)
  }

  init(_ status: stat) {
    let kind: FileKind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      case S_IFBLK: .disk
      default: .device
      }
    self.init(
      kind: kind, bytes: Int(status.st_size),
      identity: .init(device: UInt64(status.st_dev), number: UInt64(status.st_ino)),
      links: Int(status.st_nlink),
      modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec),
      mode: status.st_mode, owner: status.st_uid, group: status.st_gid)
  }

  /// Whether only the owner of a file in this folder, or of the folder, may replace the file.
  private var isSticky: Bool { mode & S_ISVTX != 0 }

  /// Whether this process may replace a file in the folder with this status, as far as owners and
  /// the sticky bit decide.
  func lets(replace file: FileStatus) -> Bool {
    let user = geteuid()
    return !isSticky || user == 0 || file.owner == user || owner == user
  }
}
