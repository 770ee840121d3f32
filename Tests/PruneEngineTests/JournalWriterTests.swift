import PruneCore
import Synchronization
import TestSupport
import Testing
import YAML

@testable import PruneEngine

/// How appends to a journal become durable.
struct JournalWriterTests {
  /// A disk with one file that counts what is done to it.
  private final class CountingFile: DiskFile {
    struct Counts {
      var bytes: [UInt8] = []
      var writes = 0
      var syncs = 0
    }

    let path = "journal"
    let counts = Mutex(Counts())

    func status() throws(SystemError) -> FileStatus { FileStatus(simulated: 1, bytes: 0) }
    func source(bytes: Int) -> ByteSource { ByteSource([]) }
    func adopt(_ status: FileStatus) throws(SystemError) {}
    func sync() throws(SystemError) {}

    func write(_ bytes: [UInt8]) throws(SystemError) {
      counts.withLock {
        $0.bytes += bytes
        $0.writes += 1
      }
    }

    func syncData() throws(SystemError) { counts.withLock { $0.syncs += 1 } }
  }

  @Test func `what waits for the disk becomes durable with one sync`() throws {
    let file = CountingFile()
    let later = Mutex<[@Sendable () -> Void]>([])
    let posted = Mutex<[ApplyEvent]>([])
    let writer = JournalWriter(
      BegunJournal(file: file, bytes: 0), later: { job in later.withLock { $0.append(job) } },
      post: { event in posted.withLock { $0.append(event) } })
    /// Lets the disk come to what was asked of it so far.
    func letDiskWork() {
      let jobs = later.withLock { jobs in
        defer { jobs = [] }
        return jobs
      }
      for job in jobs { job() }
    }
    for number in 1...40 as ClosedRange<UInt8> {
      writer.append([number], JournalTicket(UInt64(number)))
    }
    #expect(posted.withLock { $0.isEmpty })
    letDiskWork()
    #expect(file.counts.withLock { $0.bytes } == Array(1...40))
    #expect(file.counts.withLock { $0.writes } == 1)
    #expect(file.counts.withLock { $0.syncs } == 1)
    #expect(posted.withLock { $0 } == [.durable(JournalTicket(40))])
    // What comes later is no part of it.
    writer.append([41], JournalTicket(41))
    letDiskWork()
    #expect(file.counts.withLock { $0.syncs } == 2)
    #expect(posted.withLock { $0.last } == .durable(JournalTicket(41)))
  }
}
