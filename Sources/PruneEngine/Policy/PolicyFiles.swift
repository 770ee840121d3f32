import Bytes
import Crypto
package import PruneCore

/// Reads the policies of a command, each file once, before anything else is done.
package enum PolicyFiles {
  /// The variable that names a policy, which no flag can replace.
  package static let variable = "IMPRUNE_POLICY"
  /// How many policies the flags of a command may name.
  package static let most = 10
  /// The maximum size of a policy or a file of signers: far more than either needs.
  private static let maxBytes = 1 << 20

  /// Why a policy, or its file of signers, is not used.
  package enum Failure: Error {
    case system(SystemError)
    /// The file of signers cannot be read; the policy that names it.
    case unreadableSigners(SystemError, policy: String)
    case empty(String)
    case tooLarge(String)
    /// The file of signers cannot be used.
    case signers(String, AllowedSigners.Problem)
    /// It lists fewer keys than the policy requires signatures.
    case tooFewSigners(String, keys: Int, required: Int)
    /// The file is the key file, or belongs to git: its lines must not be shown.
    case secret(String)
    /// The policy, with these bytes, has errors.
    case wrong(ManifestReading, bytes: [UInt8])
  }

  /// Reads the policies at these paths; `warn` gets each reading with warnings, and the bytes.
  package static func read(
    _ paths: [String], warn: (ManifestReading, [UInt8]) -> Void
  ) throws(Failure) -> Policies {
    var members: [Policies.Member] = []
    for path in paths { members.append(try member(path, warn)) }
    return Policies(members)
  }

  private static func member(
    _ path: String, _ warn: (ManifestReading, [UInt8]) -> Void
  ) throws(Failure) -> Policies.Member {
    let file = try file(path, isShown: true)
    let (policy, reading) = ManifestReader.readPolicy(ByteSource(file.bytes), name: path)
    guard let policy else { throw .wrong(reading, bytes: file.bytes) }
    if !reading.diagnostics.kept.isEmpty { warn(reading, file.bytes) }
    let signers = try policy.requirement.map { (requirement) throws(Failure) in
      let name = requirement.signers
      let path = FileSystem.isAbsolute(name) ? name : FileSystem.folder(of: file.path) + "/" + name
      let signers: RuleFile
      do throws(Failure) {
        signers = try self.file(path, isShown: false)
      } catch .system(let error) {
        throw .unreadableSigners(error, policy: file.named)
      }
      let allowed = try attempt(AllowedSigners(signers.bytes)) { Failure.signers(path, $0) }
      // An authority may certify any number of keys.
      guard allowed.hasAuthority || allowed.keys >= requirement.signatures else {
        throw .tooFewSigners(path, keys: allowed.keys, required: requirement.signatures)
      }
      return signers
    }
    return Policies.Member(policy, file, signers: signers)
  }

  /// Reads a regular file with at least one byte. If lines of it may be shown, it must not contain
  /// the key.
  private static func file(_ path: String, isShown: Bool) throws(Failure) -> RuleFile {
    let file: File
    let status: FileStatus
    let real: String
    do throws(SystemError) {
      // The file that is opened is the one that is judged, whatever happens to the name.
      real = try FileSystem.realPath(path)
      file = try File.open(real, for: .reading).requireRegular()
      status = try file.status()
    } catch {
      throw .system(error)
    }
    guard !isShown || ManifestFiles.maySee(real, status) else { throw .secret(path) }
    let bytes = try attempt(file.bytes(atMost: maxBytes + 1), orThrow: Failure.system)
    if bytes.isEmpty { throw .empty(path) }
    guard bytes.count <= maxBytes else { throw .tooLarge(path) }
    return RuleFile(
      path: real, named: path, sha256: SHA256.hash(bytes.span).description, bytes: bytes)
  }

  /// Lines of a policy with these bytes, by number, to show them with a problem.
  package static func lines(_ numbers: Set<UInt32>, of bytes: [UInt8]) -> [UInt32: String] {
    // The problem is reported in any case; its line only helps.
    (try? SourceLines.read(numbers, ByteSource(bytes))) ?? [:]
  }

  /// The policies, with a mark on each file that lies in the git work tree of a manifest, by its own
  /// path or by that of its link.
  package static func marked(_ policies: Policies, manifest: String) -> Policies {
    guard let folder = try? FileSystem.realPath(FileSystem.folder(of: manifest)),
      let top = GitFolder.workTree(of: folder)
    else { return policies }
    var policies = policies
    for index in policies.members.indices {
      policies.members[index].mark { file in
        let folder = try? FileSystem.realPath(FileSystem.folder(of: file.named))
        let link = (folder ?? "") + "/" + FileSystem.name(of: file.named)
        return FileSystem.isBelow(top, file.path) || FileSystem.isBelow(top, link)
      }
    }
    return policies
  }
}

extension GitFolder {
  /// The top of the work tree that a folder, with links resolved, is in; nil if it is in none.
  fileprivate static func workTree(of folder: String) -> String? {
    var folder = folder
    while !FileSystem.exists(folder == "/" ? "/.git" : folder + "/.git") {
      if folder == "/" { return nil }
      folder = FileSystem.folder(of: folder)
    }
    return folder
  }
}

extension Applier.Options {
  /// The options of a run that enforces policies.
  func held(to policies: Policies) -> Applier.Options {
    var options = self
    options.settings.resendWithin = policies.resendWithin(settings.resendWithin)
    return options
  }
}
