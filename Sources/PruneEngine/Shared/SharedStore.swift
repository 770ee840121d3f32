package import Bytes
package import PruneCore

/// A store that keeps a state and its log for many machines (docs/architecture.md, "Shared states").
///
/// Each function makes one attempt; `SharedStoreError.unavailable` says that another may succeed. The
/// log and the state are used from different threads.
package protocol SharedStore: Sendable {
  /// As the user wrote it.
  var address: String { get }

  // MARK: - The state

  /// What the store says of the state; nil if there is none.
  func find() throws(SharedStoreError) -> StoredState?
  /// Reads the state, and gives its bytes to `take`, which throws if it cannot keep them; nil if there
  /// is none.
  func read(
    _ take: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void
  ) throws(SharedStoreError) -> StoredState?
  /// Replaces the state if it still has the expected version, or creates it if none is expected.
  /// `content` gives its bytes, each time from the beginning.
  func replace(
    with content: @escaping @Sendable () -> ByteSource, bytes: Int, log: LogIndex,
    save: StoredState.Save,
    expecting version: StoredState.Version?
  ) throws(SharedStoreError) -> StoredState.Version

  // MARK: - The log

  /// Creates an entry; false if the index has one, whatever its bytes.
  func append(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) -> Bool
  /// An entry; nil if there is none.
  func entry(at index: LogIndex) throws(SharedStoreError) -> [UInt8]?
  /// The first entries from an index on, without gap; none if the first is missing.
  func entries(from index: LogIndex) throws(SharedStoreError) -> [[UInt8]]
  /// Removes entries; those that are missing already do not matter.
  func remove(_ indexes: [LogIndex]) throws(SharedStoreError)
  /// Throws unless the store refuses to write an entry again, and to replace what has another version.
  func probe(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError)

  /// How far the store's clock is ahead of this machine's, in seconds, by its last answer.
  var clockOffset: Int? { get }
}
