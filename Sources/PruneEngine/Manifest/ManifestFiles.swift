package import PruneCore
internal import Bytes

/// Reads a manifest and its lists from the file system.
package enum ManifestFiles {
  /// The maximum size of a list, in bytes.
  package static let maxListBytes = 1 << 30

  /// Reads the manifest at a path, as the user gave it.
  package static func read(_ path: String) throws(ManifestFileError) -> ManifestReading {
    let file: File
    let status: FileStatus
    let folder: String
    let shown: String
    let mayBeShown: Bool
    do throws(SystemError) {
      file = try File.open(path, for: .reading)
      status = try file.status()
      let real = try FileSystem.realPath(path)
      folder = FileSystem.folder(of: real)
      // As for lists, a manifest whose lines appear in errors must be a file of that folder.
      let named = try FileSystem.realPath(FileSystem.folder(of: path))
      guard FileSystem.isBelow(named, real) else {
        throw SystemError.leadsOut(path)
      }
      mayBeShown = maySee(real, status)
      shown = self.shown(folder, in: named, as: FileSystem.folder(of: path))
    } catch {
      throw error.isMissing ? .missing(path) : .system(error)
    }
    guard status.kind == .regular else { throw .notAFile(path, status.kind) }
    guard mayBeShown else { throw .secret(path) }
    return ManifestReader.read(
      file.source(), name: path, bytes: status.bytes,
      lists: lists(in: folder, shownIn: shown))
  }

  /// A folder as the names of lists in it begin, so that each name leads to the list that was read:
  /// the manifest may be a link into a folder below.
  private static func shown(_ folder: String, in named: String, as name: String) -> String {
    if folder.utf8.elementsEqual(named.utf8) { return name }
    let below = String(decoding: folder.utf8.dropFirst(named.utf8.count), as: UTF8.self)
    let names = FileSystem.names(in: below).joined(separator: "/")
    return name == "." ? names : (name == "/" ? "" : name) + "/" + names
  }

  /// Opens only lists inside the manifest's folder: with links resolved, it reads nothing outside
  /// it, so that a pull request cannot print another file in a log.
  private static func lists(in folder: String, shownIn shown: String) -> ListOpener {
    ListOpener { (path) throws(ListRefusal) in
      let target = FileSystem.isAbsolute(path) ? path : folder + "/" + path
      let real = try attempt(FileSystem.realPath(target)) { (error: SystemError) in
        error.isMissing ? ListRefusal.missing : .unreadable(error.reason)
      }
      guard FileSystem.isBelow(folder, real) else { throw .outside }
      let file: File
      let status: FileStatus
      do throws(SystemError) {
        file = try File.open(real, for: .reading)
        status = try file.status()
      } catch {
        throw .unreadable(error.reason)
      }
      guard status.kind == .regular else { throw .notRegular(status.kind.words) }
      guard maySee(real, status) else { throw .outside }
      guard status.bytes <= maxListBytes else { throw .tooLarge(maxListBytes) }
      let name = shown == "." || FileSystem.isAbsolute(path) ? path : shown + "/" + path
      return ListOpener.List(
        source: file.source(notBeyond: maxListBytes), name: name, bytes: status.bytes)
    }
  }

  /// Whether lines of a file may be shown: not of git's files, nor of the key.
  static func maySee(_ real: String, _ status: FileStatus) -> Bool {
    !FileSystem.names(in: real).contains { $0.lowercased() == ".git" }
      && status.identity != keyFile()
  }

  /// The key file, if there is one.
  private static func keyFile() -> FileStatus.Identity? {
    guard let path = Process.environment("IMPRUNE_SECRET_KEY_FILE") else { return nil }
    return try? File.open(path, for: .reading).status().identity
  }

  /// Rereads single lines of a manifest or of one of its lists, to show them with a problem; omits
  /// lines that are unreadable now, or that must not be shown: the file may be another one by now.
  package static func lines(
    _ numbers: Set<UInt32>, of path: String, in manifest: String
  ) -> [UInt32: String] {
    // The problem is reported in any case; its line only helps.
    guard let folder = try? FileSystem.realPath(FileSystem.folder(of: manifest)),
      let real = try? FileSystem.realPath(path), FileSystem.isBelow(folder, real),
      let file = try? File.open(real, for: .reading).requireRegular(),
      let status = try? file.status(), maySee(real, status)
    else { return [:] }
    guard let last = numbers.max() else { return [:] }
    return (try? SourceLines.read(numbers, ending(soonAfter: last, file.source()))) ?? [:]
  }

  /// A source that ends with the chunk after the one in which a line begins: only the beginning of
  /// an endless line is shown, so the rest need not be read.
  private static func ending(soonAfter line: UInt32, _ source: ByteSource) -> ByteSource {
    var begun: UInt32 = 1
    var isEnding = false
    var hasEnded = false
    return ByteSource { (chunk: inout [UInt8]) throws(ReadFailure) in
      chunk.removeAll(keepingCapacity: true)
      if hasEnded { return }
      try source.read(into: &chunk)
      hasEnded = isEnding
      if begun < line {
        for byte in chunk where byte == UInt8(ascii: "\n") { begun += 1 }
      }
      isEnding = begun >= line
    }
  }
}

/// Why imprune did not read a manifest at all.
package enum ManifestFileError: Error, Equatable, Sendable {
  case missing(String)
  case notAFile(String, FileKind)
  /// The file contains the key, or belongs to git: its lines must not be shown.
  case secret(String)
  case system(SystemError)

  /// What is wrong and what to do.
  package var explanation: String {
    switch self {
    case .missing(let path):
      "There is no manifest at \(path). Name the manifest, or create one with `imprune init`."
    case .notAFile(let path, let kind):
      "\(path) is \(kind.words). Name the manifest file, for example imprune.yaml."
    case .secret(let path):
      "\(path) is, or links to, the key file or a file in .git. imprune does not read it, "
        + "because error messages show lines of a manifest. Name another file."
    case .system(let error):
      "imprune cannot read the manifest: \(error). Check the path and the "
        + "permissions."
    }
  }
}
