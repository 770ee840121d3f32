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
  private(set) var users = 0
  private var hasEnded = false

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
    bytes += lines.count
    self.users += users
  }

  /// Writes the last line, which says that nothing is missing.
  mutating func end() throws(SystemError) {
    guard file != nil else { return }
    var line: [UInt8] = []
    TagFileHeader.appendEnd(users: users, to: &line)
    try write(line, users: 0)
    hasEnded = true
  }

  /// What happened to the file, if it is not as it was left.
  var loss: FileLoss? {
    identity.flatMap { identity in
      FileLoss.find(path, identity, on: files.disk) { $0.bytes == bytes }
    }
  }
}

/// Where a run has saved the tags of users.
package struct SavedTagFile: Equatable, Sendable {
  /// As people may name it.
  package let path: String
  /// How many lines of users it has; a user who was cleared twice has two.
  package let users: Int
  /// Why it lacks its last line, although it has every user; nil if it does not.
  package let endFailure: SystemError?
  /// What happened to the file before the run's end; nil if it is as the run left it.
  package let loss: FileLoss?
}
