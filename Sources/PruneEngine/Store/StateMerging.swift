package import PruneCore
internal import Bytes

/// `state merge`: two states with a common ancestor.
extension StateStore {
  /// The three states of a merge; the result is written to `ours`.
  package struct MergeFiles {
    /// An empty file, or `none`, means no common ancestor.
    package let base: StateFiles
    package let ours: StateFiles
    package let theirs: StateFiles

    package init(base: StateFiles, ours: StateFiles, theirs: StateFiles) {
      self.base = base
      self.ours = ours
      self.theirs = theirs
    }

    fileprivate subscript(side: StateMerge.Side) -> StateFiles {
      switch side {
      case .base: base
      case .ours: ours
      case .theirs: theirs
      }
    }
  }

  /// Iterates over a merge: `take` gets each record that either side has, before (ours) and after
  /// the merge. Reads only.
  /// - Returns: the header of the merged state.
  package static func walk(
    _ files: MergeFiles, _ take: (RecordChange) -> Void
  ) throws(StateStoreError) -> StateHeader {
    // The result would lack what a journal contains.
    for side in [files.ours, files.theirs] where try openJournal(side) != nil {
      throw .hasJournal(file: side.name)
    }
    var merge = try open(files)
    var header: StateHeader
    do throws(StateMerge.Refusal) {
      header = try merge.header()
    } catch {
      switch error {
      case .mismatched(let side, let what):
        throw .mismatched(file: files[side].name, ours: files.ours.name, what: what)
      case .olderThanBase(let side):
        throw .olderThanBase(file: files[side].name, base: files.base.name)
      case .state(let side, let error): throw .state(file: files[side].name, error)
      }
    }
    header.records = 0
    do throws(StateError) {
      while let change = try merge.nextChange() {
        if change.after != nil { header.records += 1 }
        take(change)
      }
    } catch {
      throw .state(file: files[merge.reading].name, error)
    }
    return header
  }

  /// Writes a merge that was walked over, with its resulting header. The caller holds the lock of
  /// ours, unless it is a temporary file of git.
  /// - Returns: the path of the backup; nil for a file of git's, which keeps the original itself.
  package static func save(
    _ files: MergeFiles, _ header: StateHeader
  ) throws(StateStoreError) -> String? {
    var merge = try open(files)
    let ours = try open(files.ours)
    let backup =
      files.ours.isOfGit
      ? nil
      : try backUp(
        files.ours.path, ours.header, as: files.ours.kept)
    try replace(files.ours, header, &merge)
    return backup
  }

  private static func open(_ files: MergeFiles) throws(StateStoreError) -> StateMerge {
    StateMerge(
      base: try hasBase(files) ? try open(files.base) : nil, ours: try open(files.ours),
      theirs: try open(files.theirs))
  }

  private static func hasBase(_ files: MergeFiles) throws(StateStoreError) -> Bool {
    if files.base.isNone { return false }
    return try !isEmpty(requireState(files.base))
  }

  private static func open(_ files: StateFiles) throws(StateStoreError) -> StateReader {
    try read(requireState(files), files)
  }
}

extension StateFiles {
  /// Whether git made this file for a merge driver's result. No other process knows it, so it needs
  /// no lock, and git has its previous content.
  package var isOfGit: Bool { FileSystem.name(of: path).hasPrefix(".merge_file_") }
}
