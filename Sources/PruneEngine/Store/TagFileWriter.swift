internal import Bytes
internal import PruneCore

/// Writes the tag file of a run (see `TagFileHeader`): created when the first tags are saved, and
/// durable after each write.
///
/// Only its owner may read it, whoever may read the state: tags can say much about a person.
struct TagFileWriter: Sendable {
  private let files: StateFiles
  private let header: TagFileHeader
  private var file: (any DiskFile)?
  private var identity: FileStatus.Identity?
  private var bytes = 0
  /// How many users' lines are durable.
  private(set) var users = 0
  private var hasEnded = false
  /// Whether a write failed: then more than the durable lines may be in the file.
  private var hasFailed = false

  init(_ files: StateFiles, _ header: TagFileHeader) {
    self.files = files
    self.header = header
  }

  private var path: String { files.tags(of: header.run).path }
  /// For people.
  var name: String { files.tags(of: header.run).name }

  /// Writes the lines of some users. After the end nothing is sent any more, so nothing is written.
  mutating func write(_ lines: [UInt8], users: Int) throws(SystemError) {
    if hasEnded { return }
    var lines = lines
    hasFailed = true
    let file: any DiskFile
    if let open = self.file {
      file = open
    } else {
      file = try files.disk.open(path, for: .creating)
      var line: [UInt8] = []
      header.append(to: &line)
      lines = line + lines
    }
    try file.write(lines)
    try file.syncData()
    if self.file == nil {
      try files.disk.syncFolder(of: path)
      identity = try file.status().identity
      self.file = file
    }
    hasFailed = false
    bytes += lines.count
    self.users += users
  }

  /// What happened to the file, if it is not as it was left.
  var loss: FileLoss? {
    identity.flatMap { identity in
      FileLoss.find(path, identity, on: files.disk) {
        hasFailed ? $0.bytes >= bytes : $0.bytes == bytes
      }
    }
  }

  // MARK: - The end

  /// Ends the file: writes the last line, which says that nothing is missing. If the file is lost,
  /// writes it again. Nil if no tags were saved.
  mutating func end() -> SavedTagFile? {
    guard users > 0 else { return nil }
    defer { hasEnded = true }
    if let loss {
      do throws(SystemError) {
        return SavedTagFile(path: try rescue(), users: users, isWhole: true, loss: loss)
      } catch {
        return SavedTagFile(path: nil, users: users, isWhole: false, failure: error, loss: loss)
      }
    }
    if hasFailed { return SavedTagFile(path: name, users: users, isWhole: false) }
    let users = users
    do throws(SystemError) {
      var line: [UInt8] = []
      TagFileHeader.appendEnd(users: users, to: &line)
      try write(line, users: 0)
      return SavedTagFile(path: name, users: users, isWhole: true)
    } catch {
      return SavedTagFile(path: name, users: users, isWhole: false, failure: error)
    }
  }

  /// Writes the lost file again under another name, from the open one: that has no name any more, or
  /// another one, but every line that no other program has changed.
  /// - Returns: the new name, for people.
  private func rescue() throws(SystemError) -> String {
    guard let file else { throw .altered(path) }
    let target = path + Self.copySuffix
    let copy = try files.disk.open(target, for: .creating)
    do {
      var reader = try TagFileReader(file.source(bytes: bytes))
      var lines: [UInt8] = []
      reader.header.append(to: &lines)
      while let saved = try reader.next() {
        saved.append(to: &lines)
        if lines.count < 1 << 20 { continue }
        try copy.write(lines)
        lines = []
      }
      guard reader.users == users else { throw SystemError.altered(path) }
      TagFileHeader.appendEnd(users: users, to: &lines)
      try copy.write(lines)
      try copy.syncData()
      try files.disk.syncFolder(of: target)
      return name + Self.copySuffix
    } catch {
      // A part would look like a file of tags.
      _ = try? files.disk.remove(target)
      throw error as? SystemError ?? .altered(path)
    }
  }

  private static let copySuffix = "-copy"
}

/// Where a run has saved the tags of users.
package struct SavedTagFile: Equatable, Sendable {
  /// As people may name it; nil if the tags are lost.
  package var path: String?
  /// How many lines of users it has, or had; a user who was cleared twice has two. If it is not whole,
  /// it may have more.
  package var users: Int
  /// Whether it has its last line.
  package var isWhole: Bool
  /// Why it lacks its last line, or could not be written again; nil if an earlier failure kept imprune
  /// from writing it.
  package var failure: SystemError?
  /// What happened to the first file of the run; nil if it is as the run left it.
  package var loss: FileLoss?
}
