package import Bytes
import Crypto
import HTTP
package import PruneCore
import Synchronization

/// A state among the Terraform states that a GitLab manages: the versions of one are those of ours, and
/// its log is another one, with a version for each entry.
///
/// GitLab refuses a serial that a version has, so that only one of two writers succeeds. Versions of the
/// state are never deleted here: their serials would be free, and a late writer would succeed with a
/// version that stays behind the latest. The locks of Terraform are not used: they never expire.
package final class GitLabStore: SharedStore {
  package let address: String
  private let place: GitLabAddress
  /// The value of the header `Authorization`.
  private let authorization: Secret
  private let clock: StoreClock
  private let scratch: any Disk
  private let draft: String
  /// The log must not wait for the state, which may take minutes.
  private let logClient: StoreClient
  private let stateClient: StoreClient

  /// What an environment says about a GitLab.
  package struct Access: Sendable {
    package var username: String
    package var password: Secret
    package var caFile: String?
    package var version: String

    package init(username: String, password: Secret, caFile: String?, version: String) {
      self.username = username
      self.password = password
      self.caFile = caFile
      self.version = version
    }
  }

  /// A store that prepares what it sends in a file at the path `draft`.
  package init(
    _ place: GitLabAddress, _ access: Access, _ time: StoreTime, draft: String, on scratch: any Disk
  ) throws(SharedStoreError) {
    guard !access.username.utf8.contains(UInt8(ascii: ":")) else {
      throw .unsuitable("TF_HTTP_USERNAME must be the name of a user, without a colon.")
    }
    self.place = place
    address = place.description
    let pair = Array("\(access.username):\(access.password.reveal())".utf8)
    authorization = Secret("Basic " + String(decoding: Base64.encode(pair), as: UTF8.self))
    clock = StoreClock(time)
    self.draft = draft
    self.scratch = scratch
    logClient = try StoreClient(caFile: access.caFile, version: access.version)
    stateClient = try StoreClient(caFile: access.caFile, version: access.version)
  }

  // MARK: - The state

  /// More than any state: fifty million users. As text, too.
  private static let maxStateBytes = 1 << 33
  /// A document that is not longer is read whole, so that its connection can be kept.
  private static let wholeBytes = 1 << 16
  /// GitLab reads and decrypts a whole state before it sends its first byte.
  private static let patience = Duration.seconds(120)

  /// The beginning of a document: its head, or why it has none.
  private struct Front {
    var reader = GitLabHeadReader()
    var error: GitLabDocumentError?
    var count = 0

    /// Takes the next bytes; whether more are wanted.
    mutating func take(_ bytes: [UInt8]) -> Bool {
      count += bytes.count
      do throws(GitLabDocumentError) {
        _ = try reader.update(bytes)
      } catch {
        self.error = error
      }
      return error == nil && (reader.head == nil || count <= GitLabStore.wholeBytes)
    }
  }

  /// GitLab says nothing of a version but its bytes, so the head is the first of them, and the transfer
  /// is cut off behind it. A second, small state with the same facts could not be replaced in one step
  /// with the first.
  package func find() throws(SharedStoreError) -> StoredState? {
    let front = Mutex(Front())
    var request = request(.get, place.state)
    request.maxResponseBytes = Self.maxStateBytes
    request.totalTimeout = Self.patience
    request.download = { bytes in front.withLock { $0.take(bytes) } }
    let result = try stateClient.send([request])[0]
    if case .success(let response) = result { clock.note(response) }
    let (head, error) = front.withLock { ($0.reader.head, $0.error) }
    if let error { throw self.error(error) }
    if let head { return try stored(head) }
    let response = try result.get()
    if isMissing(response) { return nil }
    throw response.status == 200 ? self.error(.foreign) : refusal(response)
  }

  package func read(
    _ take: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void
  ) throws(SharedStoreError) -> StoredState? {
    let reader = Mutex(GitLabDocumentReader(limit: Self.maxStateBytes))
    var request = request(.get, place.state)
    request.maxResponseBytes = Self.maxStateBytes
    request.totalTimeout = .seconds(1800)
    let response = try stateClient.download(request) { [self] bytes throws(SharedStoreError) in
      let content = try attempt(
        reader.withLock { (reader) throws(GitLabDocumentError) in try reader.update(bytes) },
        orThrow: error)
      if !content.isEmpty { try attempt(take(content), orThrow: SharedStoreError.disk) }
    }
    if isMissing(response) { return nil }
    guard response.status == 200 else { throw refusal(response) }
    let head = try attempt(
      reader.withLock { (reader) throws(GitLabDocumentError) in try reader.finish() },
      orThrow: error)
    return try stored(head)
  }

  private func stored(_ head: GitLabHead) throws(SharedStoreError) -> StoredState {
    guard let log = head.log, let save = head.save else { throw error(.foreign) }
    return StoredState(version: .init(String(head.serial)), save: save, log: log)
  }

  package func replace(
    with content: @escaping @Sendable () -> ByteSource, bytes: Int, log: LogIndex,
    save: StoredState.Save,
    expecting version: StoredState.Version?
  ) throws(SharedStoreError) -> StoredState.Version {
    let latest = version.flatMap { UInt32($0.text) } ?? 0
    guard latest < GitLabHead.maxSerial else {
      throw .unsuitable("The state \(address) has the last serial that GitLab can keep.")
    }
    let head = GitLabHead(serial: latest + 1, log: log, save: save)
    let (file, count) = try write(head, content())
    var request = request(.post, place.state)
    request.upload = Request.Upload(bytes: count) { file.source(bytes: count) }
    request.totalTimeout = StoreClient.timeout(bytes: count) + Self.patience
    let response = try stateClient.send(request)
    clock.note(response)
    switch response.status {
    case 200, 201:
      // If someone has deleted versions, a serial below the latest was free.
      guard try find()?.save == save else { throw .conflict }
      return .init(String(head.serial))
    case 422:
      // A serial that is taken, or something else that GitLab does not take.
      if let found = try find(), let serial = UInt32(found.version.text), serial >= head.serial {
        throw .conflict
      }
      throw refusal(response)
    default: throw refusal(response)
    }
  }

  /// Writes a document to the scratch folder, since its length must be known before it is sent.
  private func write(
    _ head: GitLabHead, _ content: ByteSource
  ) throws(SharedStoreError) -> (file: any DiskFile, bytes: Int) {
    let file: any DiskFile
    do throws(SystemError) {
      try nilIfMissing(scratch.remove(draft))
      file = try scratch.open(draft, for: .creating)
    } catch {
      throw .disk(error)
    }
    var count = 0
    func append(_ bytes: [UInt8]) throws(SharedStoreError) {
      try attempt(file.write(bytes), orThrow: SharedStoreError.disk)
      count += bytes.count
    }
    var writer = GitLabDocumentWriter(head)
    try append(writer.start)
    try content.read(toStoreAt: address) { (chunk) throws(SharedStoreError) in
      try append(writer.update(chunk))
    }
    try append(writer.finalize())
    return (file, count)
  }

  // MARK: - The log

  /// The longest entry, also if gzip does not make it shorter.
  private static let maxEntryBytes = LogEntry.maxBytes / 2 * 3

  package func append(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) -> Bool {
    let response = try post(bytes, at: index)
    switch response.status {
    case 200, 201: return true
    case 422:
      // Its serial is taken, or it is something else that GitLab does not take.
      let found = try logClient.send(request(forEntryAt: place.entry(index)))
      if found.status == 200 { return false }
      throw refusal(isMissing(found) ? response : found)
    default: throw refusal(response)
    }
  }

  private func post(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) -> Response {
    let head = GitLabHead(serial: UInt32(clamping: index.number))
    let response = try logClient.send(
      request(.post, place.log, body: GitLabDocumentWriter.document(head, bytes)))
    clock.note(response)
    return response
  }

  package func entries(from index: LogIndex) throws(SharedStoreError) -> [[UInt8]] {
    guard let last = try last(from: index), last >= index else { return [] }
    return try logClient.entries(
      from: index, through: last, { request(forEntryAt: place.entry($0)) }
    ) {
      (response, index) throws(SharedStoreError) in
      try entry(response, at: index)
    } hasLater: {
      true
    }
  }

  package func entry(at index: LogIndex) throws(SharedStoreError) -> [UInt8]? {
    try entry(logClient.send(request(forEntryAt: place.entry(index))), at: index)
  }

  /// The last entry, which GitLab gives as the latest version; nil if there is none.
  private func last(from index: LogIndex) throws(SharedStoreError) -> LogIndex? {
    let response = try logClient.send(request(forEntryAt: place.log))
    guard let document = try document(response) else { return nil }
    var reader = GitLabHeadReader()
    do throws(GitLabDocumentError) {
      _ = try reader.update(document)
    } catch {
      throw self.error(error, at: index)
    }
    guard let last = reader.head.flatMap({ LogIndex(UInt64($0.serial)) }) else {
      throw .log(.damaged(index))
    }
    return last
  }

  private func request(forEntryAt url: String) -> Request {
    var request = request(.get, url)
    request.maxResponseBytes = Self.maxEntryBytes
    return request
  }

  private func entry(
    _ response: Response, at index: LogIndex
  ) throws(SharedStoreError) -> [UInt8]? {
    guard let document = try document(response) else { return nil }
    do throws(GitLabDocumentError) {
      let (head, content) = try GitLabDocumentReader.read(document, limit: LogEntry.maxBytes)
      guard UInt64(head.serial) == index.number, head.log == nil else { throw .foreign }
      return content
    } catch {
      throw self.error(error, at: index)
    }
  }

  private func document(_ response: Response) throws(SharedStoreError) -> [UInt8]? {
    clock.note(response)
    if isMissing(response) { return nil }
    guard response.status == 200 else { throw refusal(response) }
    return response.body
  }

  private func error(_ error: GitLabDocumentError, at index: LogIndex) -> SharedStoreError {
    if case .newer(let format) = error { return .log(.newerVersion(index, "\(format)")) }
    return .log(.damaged(index))
  }

  package func remove(_ indexes: [LogIndex]) throws(SharedStoreError) {
    try logClient.send(forEach: indexes, { request(.delete, place.entry($0)) }) {
      (response) throws(SharedStoreError) in
      guard [200, 204].contains(response.status) || isMissing(response) else {
        throw refusal(response)
      }
    }
  }

  package func probe(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) {
    let response = try post(bytes, at: index)
    switch response.status {
    case 422: return
    case 200, 201:
      throw .unsuitable(
        "The server accepted a Terraform state with a serial that is already used, so two applies "
          + "could send calls for the same users. Use a GitLab server, an object store, or git.")
    default: throw refusal(response)
    }
  }

  // MARK: - Requests

  private func request(_ method: Request.Method, _ url: String, body: [UInt8] = []) -> Request {
    Request(
      method, url, headers: [("Authorization", authorization.reveal())], body: body,
      contentType: method == .post ? "application/json" : "", reads: ["Retry-After"])
  }

  /// Whether there is no such version: 204 is a state without any.
  private func isMissing(_ response: Response) -> Bool {
    response.status == 204 || response.status == 404 && GitLabRefusal(response).isMissing
  }

  private func refusal(_ response: Response) -> SharedStoreError {
    GitLabRefusal(response).error(place)
  }

  private func error(_ error: GitLabDocumentError) -> SharedStoreError {
    switch error {
    case .foreign:
      .notAState(
        "imprune did not write the state \(place.name). Name another state with --state.")
    case .newer(let format):
      .notAState(
        "The state \(place.name) has format \(format), but this imprune reads format 1. Use the imprune "
          + "that wrote it, or a newer one.")
    case .damaged(let reason):
      .notAState(
        "The state \(place.name) is damaged: \(reason). Restore an older version of it in GitLab.")
    }
  }

  package var clockOffset: Int? { clock.offset }
}
