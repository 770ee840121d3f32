internal import Dispatch
internal import PruneCore
internal import PruneEngine

/// A process that reads the state during a run, as `plan` does. It has its own thread, which runs
/// only while the run waits, from one disk operation to the next.
final class SnapshotReader: @unchecked Sendable {
  /// Everything that the state could contain since the reading began.
  var possible: [[StateRecord]]
  /// After this many operations it waits until another journal is created.
  let stillAfter: Int
  private(set) var steps = 0
  private(set) var isDone = false
  private(set) var result: Result<Reading, StateStoreError>?
  private let process: ProcessDisk
  private let go = DispatchSemaphore(value: 0)
  private let rest = DispatchSemaphore(value: 0)

  init(_ process: ProcessDisk, path: String, possible: [[StateRecord]], stillAfter: Int) {
    self.process = process
    self.stillAfter = stillAfter
    self.possible = possible
    process.before = { [go, rest] in
      rest.signal()
      go.wait()
    }
    DispatchQueue(label: "reader").async { [go, rest] in
      go.wait()
      self.result = Self.read(StateFiles(path: path, on: process))
      self.isDone = true
      rest.signal()
    }
  }

  /// Lets it do one operation.
  func step() {
    steps += 1
    go.signal()
    rest.wait()
  }

  /// Lets it finish.
  func finish(isDying: Bool = false) {
    if isDying { process.isDead = true }
    while !isDone { step() }
  }

  /// A state at one moment.
  struct Reading {
    var header: StateHeader?
    var records: [StateRecord]
  }

  static func read(_ files: StateFiles) -> Result<Reading, StateStoreError> {
    do throws(StateStoreError) {
      var snapshot = try StateStore.snapshot(files)
      var records: [StateRecord] = []
      do throws(StateError) {
        while let record = try snapshot.cursor.next() { records.append(record) }
      } catch {
        throw .state(file: files.name, error)
      }
      return .success(Reading(header: snapshot.header, records: records))
    } catch {
      return .failure(error)
    }
  }
}
