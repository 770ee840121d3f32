package import PruneCore
import Bytes

/// The lock of a state: one apply at a time. The kernel releases it when the process ends for any
/// reason; the lock file stays, and names the last holder.
package final class StateLock: Sendable {
  private let file: any DiskFile
  private let files: StateFiles
  /// The holder, as written to the file.
  private let holder: String
  private let identity: FileStatus.Identity
  /// The run that may begin under the lock.
  package let run: RunID

  /// Why imprune could not get the lock.
  package enum Failure: Error, Equatable, Sendable {
    /// Another process holds it; the description that it wrote to the file.
    case held(by: String)
    /// The file belongs to another user, who has not shared it with this one.
    case closed(SystemError)
    /// The shared state cannot be taken.
    case shared(SharedStoreError)
    /// Another program kept replacing the lock file.
    case keptChanging
    case system(SystemError)
  }

  /// How often to retry a lock whose file is replaced at that very moment.
  private static let maxTries = 100

  /// Takes the lock; the lock file, or the log of a shared state, names `command` to other processes.
  /// `waiting` is told of another machine's run that may be dead.
  package convenience init(
    _ files: StateFiles, command: String, waiting: (LogHolder) -> Void = { _ in }
  ) throws(Failure) {
    let start = Timestamp(seconds: Process.wallSeconds())
    let run = RunID(Applier.randomNumber())
    if let shared = files.shared {
      let job = CIJob.url.map { "\(command), \($0)" } ?? command
      let holder = LogHolder(run: run, since: start, host: Process.hostName, job: job)
      do throws(SharedStoreError) {
        try shared.take(as: holder, waiting: waiting)
      } catch {
        if case .held(let holder) = error { throw .held(by: holder.words) }
        throw .shared(error)
      }
    }
    do throws(Failure) {
      try self.init(
        files,
        holder: "pid \(Process.identifier) on \(Process.hostName), \(command), since \(start)",
        run: run)
    } catch {
      files.shared?.release()
      throw error
    }
  }

  /// Takes the lock for a holder; that of a shared state has been taken.
  package init(
    _ files: StateFiles, holder: String, run: RunID = RunID(Applier.randomNumber())
  ) throws(Failure) {
    self.run = run
    for _ in 0..<Self.maxTries {
      switch try Self.attempt(files) {
      case .taken(let file, let identity):
        self.files = files
        self.holder = holder
        self.file = file
        self.identity = identity
        nameHolder()
        return
      case .held:
        throw .held(by: Self.holder(files) ?? "an unknown process")
      case .nameless: continue
      }
    }
    throw .keptChanging
  }

  private enum Attempt {
    case taken(any DiskFile, FileStatus.Identity)
    case held
    /// The file lost its name while it was being locked, so the lock excludes no other process.
    case nameless
  }

  private static func attempt(_ files: StateFiles) throws(Failure) -> Attempt {
    do throws(SystemError) {
      let file = try open(files).requireRegular()
      guard try file.lock() else { return .held }
      let identity = try file.status().identity
      let isNamed = FileLoss.find(files.lock, identity, on: files.disk) == nil
      return isNamed ? .taken(file, identity) : .nameless
    } catch {
      let isThere = (try? files.disk.status(of: files.lock)) != nil
      throw error.isDenied && isThere ? .closed(error) : .system(error)
    }
  }

  /// A read-only file can be locked too; it then cannot name its holder.
  private static func open(_ files: StateFiles) throws(SystemError) -> any DiskFile {
    do throws(SystemError) {
      return try files.disk.open(files.lock, for: .locking)
    } catch {
      guard error.isDenied else { throw error }
      do throws(SystemError) {
        return try files.disk.open(files.lock, for: .readingItself)
      } catch _ {
        throw error
      }
    }
  }

  /// Writes the holder to the file, and shares it with those who may use the state. Both are for
  /// others: the lock works without them.
  private func nameHolder() {
    if let state = try? files.disk.status(of: files.path) { file.adopt(state) }
    _ = try? file.truncate(to: 0)
    _ = try? file.write(Array("\(holder)\n".utf8))
  }

  /// Why the lock does not exclude others any more; nil if it does.
  package func loss() -> FileLoss? {
    sharedLoss ?? FileLoss.find(files.lock, identity, on: files.disk)
  }

  private var sharedLoss: FileLoss? {
    guard case .takenOver(let other) = files.shared?.log?.loss else { return nil }
    return FileLoss(path: files.name, kind: .takenOver(by: other?.words ?? "another run"))
  }

  /// Takes the lock again after its file was removed or replaced.
  func retaken() throws(Failure) -> StateLock {
    if let sharedLoss { throw .held(by: "\(sharedLoss)") }
    return try StateLock(files, holder: holder, run: run)
  }

  /// Lets other machines take a shared state at once. A local lock is released with this value.
  package func release() { files.shared?.release() }

  /// The last holder, as the lock file describes it.
  package static func holder(_ files: StateFiles) -> String? {
    // Only for a message: the holder of the lock may be writing to the file right now.
    guard let file = try? files.disk.open(files.lock, for: .readingItself).requireRegular() else {
      return nil
    }
    var bytes: [UInt8] = []
    guard (try? file.source(bytes: 512).read(into: &bytes)) != nil else { return nil }
    let text = String(decoding: bytes.prefix { $0 >= 0x20 }, as: UTF8.self)
    // imprune shows only text that it wrote: the file may be anyone's.
    return text.hasPrefix("pid ") ? text : nil
  }
}
