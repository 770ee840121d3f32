import Glibc

/// The disk of this machine.
package struct RealDisk: Disk {
  package init() {}

  package func open(_ path: String, for purpose: File.Purpose) throws(SystemError) -> any DiskFile {
    try File.open(path, for: purpose)
  }

  /// The status of the file at a path, following links.
  package func status(of path: String) throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try retrying("examine", path) { unsafe stat(path, &status) }
    return FileStatus(status)
  }

  package func rename(_ path: String, to target: String) throws(SystemError) {
    _ = try retrying("rename", path) { unsafe Glibc.rename(path, target) }
  }

  package func remove(_ path: String) throws(SystemError) {
    _ = try retrying("remove", path) { unsafe unlink(path) }
  }

  package func syncFolder(of path: String) throws(SystemError) {
    let folder = FileSystem.folder(of: path)
    let descriptor = try retrying("open", folder) {
      unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    defer { close(descriptor) }
    _ = try retrying("sync", folder) { fsync(descriptor) }
  }
}
