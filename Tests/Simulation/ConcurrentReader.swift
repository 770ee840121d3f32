internal import PruneCore
internal import PruneEngine
internal import TestSupport

/// Other processes that read the state during the runs, one at a time, a step at each disk
/// operation of a run. Each must see a state that was true at some moment.
struct ConcurrentReader {
  private var reader: SnapshotReader?
  /// It takes a step once in this many operations of the run; how many journals existed when it
  /// began.
  private var pace = 1
  private var began = 0
  private var journals = 0
  /// A breach found in the middle of a disk operation.
  private var breach: Breach?

  /// Ends the reading process; left behind by a breach, it would keep its thread forever.
  func abandon() { reader?.finish(isDying: true) }

  func check() throws {
    if let breach { throw breach }
  }

  /// A run has created its journal.
  mutating func noteJournal() { journals += 1 }

  /// From now on the state may also contain this.
  mutating func notePossible(_ records: () throws -> [[StateRecord]]) rethrows {
    if let reader { reader.possible += try records() }
  }

  /// Lets the reading process take a step, or with the given odds starts one.
  mutating func move(
    beginning often: Int?, _ random: inout SplitMix64, beside state: DiskState,
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
          process, path: DiskState.path, possible: try state.history.possible(),
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

  /// Lets the reader finish.
  mutating func finish(note: (String) -> Void) throws {
    guard let reader else { return }
    reader.finish()
    try judge(note)
  }

  /// The machine loses power.
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
        throw Breach(.oneMoment, "a reader saw a state that never existed")
      }
    case .failure(.keptChanging): break
    case .failure(let error): throw Breach(.oneMoment, "a reader failed: \(error)")
    }
  }
}
