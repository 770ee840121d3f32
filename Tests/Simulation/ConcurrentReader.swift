internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// Other processes that read the state beside the runs, one at a time, a little at each disk
/// operation of a run. Each must see what was true at some moment.
struct ConcurrentReader {
  private var reader: SnapshotReader?
  /// It moves once in so many operations of the run, and began when so many journals were made.
  private var pace = 1
  private var began = 0
  private var journals = 0
  /// What came up in the midst of a disk operation.
  private var breach: Breach?

  /// Lets the process that reads die; left behind by a breach, it would keep its thread for ever.
  func abandon() { reader?.finish(isDying: true) }

  func check() throws {
    if let breach { throw breach }
  }

  /// A run has made its journal.
  mutating func noteJournal() { journals += 1 }

  /// From now on the state may also say this.
  mutating func notePossible(_ records: () throws -> [[StateRecord]]) rethrows {
    if let reader { reader.possible += try records() }
  }

  /// Lets the process that reads read a little, or in so many cases one begin.
  mutating func move(
    beginning often: Int?, _ random: inout SplitMix64, beside state: StoredState,
    hidingIdentity: Bool, note: (String) -> Void
  ) {
    guard breach == nil else { return }
    do {
      if let reader {
        guard reader.steps < reader.stillAfter || journals > began, random.oneIn(pace) else {
          return
        }
        reader.step()
        if reader.isDone { try judge(note) }
      } else if let often, random.oneIn(often) {
        let process = ProcessDisk(state.disk)
        process.hidesIdentity = hidingIdentity
        reader = SnapshotReader(
          process, path: StoredState.path, possible: try state.history.possible(),
          stillAfter: random.below(20))
        pace = random.pick([1, 2, 8])
        began = journals
        note("reader  begins")
      }
    } catch let error as Breach {
      breach = error
    } catch {
      breach = Breach("\(error)")
    }
  }

  /// Lets the reader come to its end.
  mutating func finish(note: (String) -> Void) throws {
    guard let reader else { return }
    reader.finish()
    try judge(note)
  }

  /// The machine loses its power.
  mutating func die() {
    reader?.finish(isDying: true)
    reader = nil
  }

  private mutating func judge(_ note: (String) -> Void) throws {
    guard let reader, let result = reader.result else { return }
    self.reader = nil
    note("reader  ends")
    switch result {
    case .success(let reading):
      guard reader.possible.contains(reading.records) else {
        throw Breach(.oneMoment, "a reader saw what was true at no moment")
      }
    case .failure(.keptChanging): break
    case .failure(let error): throw Breach(.oneMoment, "a reader failed: \(error)")
    }
  }
}
