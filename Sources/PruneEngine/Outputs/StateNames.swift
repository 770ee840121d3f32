import PruneCore

/// The files of a state, by their names and first bytes.
extension StateFiles {
  /// Whether a name, in the folder of a state, is that of the state or of one of its files:
  /// journal, lock, draft, backup, tags. It does not matter whether the file exists, or in which
  /// case, which some file systems ignore.
  static func isPart(_ name: String, ofStateNamed state: String) -> Bool {
    let (name, state) = (name.lowercased(), state.lowercased())
    guard name.hasPrefix(state) else { return false }
    let ending = name.dropFirst(state.count)
    return ["", ".journal", ".lock", ".tmp"].contains(ending)
      || [".rehearsal-", ".backup-", ".tags-"].contains { ending.hasPrefix($0) }
  }

  /// The state whose file has this name, for any state: one that ends in `.state`, the default.
  static func state(ofPartNamed name: String) -> String? {
    for range in name.ranges(of: ".state") {
      let state = String(name[..<range.upperBound])
      if isPart(name, ofStateNamed: state) { return state }
    }
    return nil
  }

  /// Whether a file begins like a state, a journal or a tag file, whatever its name.
  static func isPart(contentOf path: String) throws(SystemError) -> Bool {
    var bytes: [UInt8] = []
    do throws(SystemError) {
      try File.open(path, for: .readingItself).read(into: &bytes, limit: 32)
    } catch {
      // An unreadable file is unknown; it may still be replaced.
      if error.isDenied { return false }
      throw error
    }
    return bytes.starts(with: "imprune-state\t".utf8) || JournalHeader.begins(bytes)
      || TagFileHeader.begins(bytes)
  }

  /// Whether a place is the state or one of its files.
  func hold(_ place: OutputPlace) -> Bool {
    if case .file(let target) = place.target,
      FileSystem.folder(of: target).utf8.elementsEqual(FileSystem.folder(of: path).utf8),
      Self.isPart(FileSystem.name(of: target), ofStateNamed: FileSystem.name(of: path))
    {
      return true
    }
    return [path, journal, lock].contains { place.leads(to: $0) }
  }
}
