import PruneCore
import TestSupport
import Bytes

@testable import PruneEngine

/// A run that has written a journal and finishes. The journal's file has `onDisk` bytes of the
/// records; nil means all.
func finishRun(
  _ journal: [UInt8], _ files: StateFiles, isComplete: Bool, onDisk: Int? = nil
) throws {
  var ended = try endedRun(journal, files, isComplete: isComplete, onDisk: onDisk)
  try StateStore.finishRun(&ended)
}

/// A run that has written a journal and must still be saved.
func endedRun(
  _ journal: [UInt8], _ files: StateFiles, isComplete: Bool, onDisk: Int? = nil
) throws -> Applier.Ended {
  guard let folded = try StateStore.fold(ByteSource(journal), files) else {
    throw StateStoreError.missing(file: files.journal)
  }
  let lock = try StateLock(files, command: "a test")
  let run = try StateStore.beginRun(files, folded.header, lock, seen: nil)
  // The first line is the run's own, which identifies its state.
  let end = journal.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? journal.count
  let records = Array(journal[end...])
  try run.journal.write(Array(records.prefix(onDisk ?? .max)))
  var copy = JournalCopy(run.header)
  copy.append(records)
  copy.isOnDisk = onDisk == nil
  var result = RunResult()
  result.counts = folded.counts
  result.stop = isComplete ? nil : .signal(.interrupt)
  return Applier.Ended(result: result, files: run, copy: copy, tagFile: nil)
}
