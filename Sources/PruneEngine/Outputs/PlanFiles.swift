import Crypto
package import PruneCore
import Bytes

/// Saved plans as files, and the facts about their sources that they contain.
package enum PlanFiles {
  /// The origin of a plan now.
  package static func provenance(of plan: Plan, toolVersion: String) -> Provenance {
    Provenance(
      created: Timestamp(seconds: Process.wallSeconds()), toolVersion: toolVersion,
      files: plan.manifest.files.map { .init(path: $0, sha256: hash(of: $0)) },
      gitCommit: GitCommit.current(FileSystem.folder(of: plan.manifest.files.first ?? "")))
  }

  /// Saves a plan.
  package static func save(
    _ plan: Plan, _ provenance: Provenance, to place: OutputPlace
  ) throws(SystemError) {
    let file = try OutputFile(place)
    try PlanFile.write(plan, provenance, to: file.write)
    try file.commit()
  }

  /// Why a plan file is not used.
  package enum Failure: Error, Equatable, Sendable {
    case system(SystemError)
    case refused(PlanFile.Refusal)
  }

  /// Reads a plan, of any length, from a file, or from standard input if the path is `-`.
  package static func read(_ path: String) throws(Failure) -> SavedPlan {
    let file = try attempt(
      path == "-" ? File.duplicate(of: 0) : File.open(path, for: .reading).requireRegular(),
      orThrow: Failure.system)
    return try attempt(PlanFile.read(file.source()), orThrow: Failure.refused)
  }

  /// The current SHA-256 of a file; empty if it cannot be read any more. Only for people.
  private static func hash(of path: String) -> String {
    guard let source = try? File.open(path, for: .reading).requireRegular().source() else {
      return ""
    }
    var hash = SHA256()
    var chunk: [UInt8] = []
    repeat {
      guard (try? source.read(into: &chunk)) != nil else { return "" }
      hash.update(chunk)
    } while !chunk.isEmpty
    return hash.finalize().description
  }
}

/// The current commit of a folder's git work tree, read from git's own files; only for people.
enum GitCommit {
  static func current(_ folder: String) -> String? {
    guard var path = try? FileSystem.realPath(folder) else { return nil }
    while true {
      if let commit = commit(path + "/.git") { return commit }
      if path == "/" { return nil }
      path = FileSystem.folder(of: path)
    }
  }

  private static func commit(_ git: String) -> String? {
    guard let head = firstLine(git + "/HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return isCommit(head) ? head : nil }
    let name = head.dropFirst(5)
    // Only names that git itself creates: none leads out of the folder.
    guard name.hasPrefix("refs/"), !name.contains("..") else { return nil }
    if let commit = firstLine(git + "/" + name), isCommit(commit) { return commit }
    return packed(git + "/packed-refs", String(name))
  }

  private static func packed(_ path: String, _ name: String) -> String? {
    for line in lines(path) {
      let parts = line.split(separator: " ")
      if parts.count == 2, parts[1] == name, isCommit(String(parts[0])) { return String(parts[0]) }
    }
    return nil
  }

  private static func firstLine(_ path: String) -> String? { lines(path).first }

  private static func lines(_ path: String) -> [String] {
    guard let file = try? File.open(path, for: .reading).requireRegular() else { return [] }
    var bytes: [UInt8] = []
    guard (try? file.read(into: &bytes, limit: 1 << 20)) != nil else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static func isCommit(_ text: String) -> Bool {
    [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy(\.isLowercaseHexDigit)
  }
}
