import Bytes
import Foundation
import HTTP
import PruneCore
import Synchronization
import TestSupport
import Testing

@testable import PruneEngine

/// The host and port of the store.
private let address = ProcessInfo.processInfo.environment["IMPRUNE_TEST_S3"]

/// `S3Store` against a real object store; see `ObjectStoreTests`.
@Suite(.enabled(if: address != nil, "needs a store; run .ci/test-stores"))
struct S3StoreTests {
  private let place: S3Address
  private let store: S3Store

  init() throws {
    place = try S3Address("s3://imprune-tests/\(UInt64.random(in: .min ... .max))/a b+ü~.state")
    store = try Self.store(place)
    // The bucket may exist.
    _ = try? ObjectStoreTests()
  }

  private static func store(
    _ place: S3Address, key: String = "imprune", secret: String = "a/secret+key",
    token: String? = nil
  ) throws -> S3Store {
    try S3Store(
      place,
      S3Store.Access(
        accessKeyID: key, secretKey: Secret(secret), sessionToken: token.map { Secret($0) },
        region: nil, endpoint: "http://\(address ?? "")", caFile: nil, version: "test"), .real)
  }

  private func save(
    _ bytes: [UInt8], _ log: Int, _ number: Int, expecting version: StoredState.Version?,
    in other: S3Store? = nil
  ) throws -> StoredState.Version {
    try (other ?? store).replace(
      with: { ByteSource(bytes) }, bytes: bytes.count, log: #require(LogIndex(UInt64(log))),
      save: StoredState.Save(RunID(7), number), expecting: version)
  }

  @Test func `a state is created, read, replaced, and not replaced by a late writer`() throws {
    #expect(try store.find() == nil)
    // Longer than an entry of the log may be.
    let large = [UInt8](repeating: 7, count: LogEntry.maxBytes) + [1, 2, 3]
    let first = try save(large, 3, 1, expecting: nil)
    #expect(throws: SharedStoreError.conflict) { try save([1], 3, 2, expecting: nil) }
    let read = Mutex<[UInt8]>([])
    let found = try store.read { bytes in read.withLock { $0 += bytes } }
    let whole = read.withLock { $0 }
    #expect(whole == large)
    #expect(try found == store.find())
    #expect(found?.version == first && found?.log.number == 3)
    #expect(found?.save == StoredState.Save(RunID(7), 1))
    _ = try save([1, 2], 4, 3, expecting: first)
    #expect(throws: SharedStoreError.conflict) { try save([1], 4, 4, expecting: first) }
    #expect(try store.find()?.log.number == 4)
  }

  @Test func `entries are created once, read many at a time, and removed`() throws {
    let indexes = (1...40).compactMap { LogIndex($0) }
    for index in indexes { #expect(try store.append([UInt8(index.number)], at: index)) }
    #expect(try !store.append([9], at: indexes[3]))
    var read: [[UInt8]] = []
    for _ in 0..<3 {
      let next = try #require(LogIndex(UInt64(read.count + 1)))
      read += try store.entries(from: next)
    }
    #expect(read == (1...40).map { [UInt8($0)] })
    try store.probe([4], at: indexes[3])
    try store.remove([indexes[9]])
    #expect(throws: SharedStoreError.log(.hole(indexes[9]))) {
      try store.entries(from: indexes[4])
    }
    try store.remove(indexes)
    #expect(try store.entries(from: indexes[0]).isEmpty)
    #expect(try store.entry(at: indexes[0]) == nil)
  }

  // MARK: - Temporary credentials

  @Test(
    .enabled(if: StoreSession.writer != nil, "needs a session; run .ci/test-stores"),
    arguments: ["plain", "a b", "a+b", "ü", "~", "*", "a//b"])
  func `a session with its token writes and reads a state and its log`(name: String) throws {
    let session = try #require(StoreSession.writer)
    let folder = UInt64.random(in: .min ... .max)
    let place = try S3Address("s3://imprune-tests/\(folder)/\(name).state")
    let store = try Self.store(
      place, key: session.key, secret: session.secret, token: session.token)
    #expect(try store.find() == nil)
    let index = LogIndex.start.next
    #expect(try store.append([1, 2], at: index))
    #expect(try !store.append([3], at: index))
    try store.probe([1, 2], at: index)
    #expect(try store.entries(from: index) == [[1, 2]])
    let first = try save([7, 8], 1, 1, expecting: nil, in: store)
    let read = Mutex<[UInt8]>([])
    let found = try store.read { bytes in read.withLock { $0 += bytes } }
    let whole = read.withLock { $0 }
    #expect(whole == [7, 8])
    #expect(found?.version == first)
    _ = try save([9], 2, 2, expecting: first, in: store)
    #expect(throws: SharedStoreError.conflict) {
      try save([1], 3, 3, expecting: first, in: store)
    }
    #expect(try store.find()?.log.number == 2)
    try store.remove([index])
    #expect(try store.entry(at: index) == nil)
    // The long-lived key finds it at the same place.
    #expect(try Self.store(place).find()?.log.number == 2)
  }

  @Test(.enabled(if: StoreSession.writer != nil, "needs a session; run .ci/test-stores"))
  func `a session without its token or with an altered one is refused`() throws {
    let session = try #require(StoreSession.writer)
    let index = LogIndex.start.next
    for token in [nil, session.alteredToken, "token"] as [String?] {
      let other = try Self.store(place, key: session.key, secret: session.secret, token: token)
      let refused = #expect(throws: SharedStoreError.self) { try other.read { _ in } }
      let explanation = refused?.explanation ?? ""
      #expect(explanation.contains("status 403"))
      #expect(explanation.contains("AWS_SESSION_TOKEN"))
      #expect(!explanation.contains(session.secret))
      #expect(throws: SharedStoreError.self) { try other.find() }
      #expect(throws: SharedStoreError.self) { try other.append([1], at: index) }
      #expect(throws: SharedStoreError.self) { try save([1], 1, 1, expecting: nil, in: other) }
    }
    #expect(try store.entry(at: index) == nil && store.find() == nil)
  }

  // MARK: - Refusals

  @Test func `what is wrong is said with what to do`() throws {
    let other = try Self.store(place, secret: "another")
    #expect(throws: SharedStoreError.self) { try other.append([1], at: LogIndex.start.next) }
    let refused = #expect(throws: SharedStoreError.self) { try other.read { _ in } }
    #expect(refused?.explanation.contains("SignatureDoesNotMatch") == true)
    #expect(refused?.explanation.contains("AWS_SECRET_ACCESS_KEY") == true)
    #expect(refused?.explanation.contains("another") == false)
    let elsewhere = try Self.store(S3Address("s3://no-such-bucket-here/x"))
    let missing = #expect(throws: SharedStoreError.self) { try elsewhere.read { _ in } }
    #expect(missing?.explanation.contains("Create the bucket no-such-bucket-here") == true)
  }
}
