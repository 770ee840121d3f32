internal import PruneCore

/// The location of a state: its disk, the file itself, and beside it its journal and its lock.
package struct StateFiles: Sendable {
  /// As the user named it, or derived from the manifest; for messages.
  package let name: String
  /// With all links resolved, so that two names of one state share journal and lock.
  package let path: String
  package let disk: any Disk

  /// Whether the user's name for it is a link.
  package var isLink: Bool { FileSystem.isLink(name) }
  package var journal: String { path + Self.journalSuffix }
  /// The journal as messages call it: that of a shared state is in the log of its store.
  package var journalName: String {
    shared == nil ? "the journal \(journal)" : "the log of \(name)"
  }
  package var lock: String { path + ".lock" }
  var draft: String { path + ".tmp" }
  /// The file for the tags of users whom a run clears, and its name for people.
  func tags(of run: RunID) -> (path: String, name: String) {
    let ending = ".tags-\(run)"
    if shared != nil { return (kept + ending, kept + ending) }
    return (path + ending, (isLink ? path : name) + ending)
  }
  /// What the names of files that stay begin with: those of a shared state are in the current folder.
  var kept: String {
    if shared == nil { return path }
    let last = FileSystem.name(of: name)
    return "./" + (["", ".", ".."].contains(last) ? "shared.state" : last)
  }
  /// The names for a trial save: specific to the process, since a dry run takes no lock.
  var trialSave: (draft: String, target: String) {
    (path + ".rehearsal-\(process)-1.tmp", path + ".rehearsal-\(process)-2.tmp")
  }
  private let process: Int32
  /// The state in a store of which these files are a copy; nil for a local one.
  package private(set) var shared: SharedState?

  /// The copy of a shared state in a scratch folder.
  init(_ shared: SharedState) {
    name = shared.store.address
    path = shared.disk.path
    disk = shared.disk
    process = Process.identifier
    self.shared = shared
  }

  /// No state at all: a plan is compared with nothing.
  package static let none = StateFiles(path: "/dev/null/none", name: "none")
  /// The name of `none` on the command line; a file of that name is `./none`.
  package static let nameOfNone = "none"

  /// Whether this is `none`.
  package var isNone: Bool { path == Self.none.path }

  /// Whether git cannot have the state.
  package var isElsewhere: Bool { shared != nil || isNone }

  private init(path: String, name: String) {
    self.name = name
    self.path = path
    disk = RealDisk()
    process = 0
  }

  /// A state at a path without links, on any kind of disk.
  package init(path: String, on disk: any Disk) {
    name = path
    self.path = path
    self.disk = disk
    process = 0
  }

  /// The state of a manifest, or the one named by `override`.
  package init(manifest: String, override: String? = nil) throws(SystemError) {
    try self.init(name: override ?? Self.standard(for: manifest))
  }

  package init(name: String) throws(SystemError) {
    self.name = name
    disk = RealDisk()
    process = Process.identifier
    do throws(SystemError) {
      path = try FileSystem.realPath(name)
    } catch {
      // A dangling link would be replaced by a file, and the link would be lost.
      guard error.isMissing, !FileSystem.isLink(name) else { throw error }
      // Not created yet: its folder must exist.
      path = try FileSystem.realPath(FileSystem.folder(of: name)) + "/" + FileSystem.name(of: name)
    }
  }

  private static let journalSuffix = ".journal"

  /// `<manifest stem>.state` beside the manifest.
  package static func standard(for manifest: String) -> String {
    for ending in [".yaml", ".yml"] where manifest.hasSuffix(ending) {
      return manifest.dropLast(ending.count) + ".state"
    }
    return manifest + ".state"
  }
}
