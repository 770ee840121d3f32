package import Bytes
import Crypto
import HTTP
package import PruneCore

/// A state in an object store that speaks the protocol of S3: the object at the key, and its log in
/// the objects `<key>.log/00000001` and so on.
package final class S3Store: SharedStore {
  package let address: String
  private let place: S3Address
  private let endpoint: S3Endpoint
  private let signature: SignatureV4
  private let time: StoreTime
  private let clock: StoreClock
  /// The log must not wait for the state, which may take minutes.
  private let logClient: StoreClient
  private let stateClient: StoreClient

  /// What an environment says about a store.
  package struct Access: Sendable {
    package var accessKeyID: String
    package var secretKey: Secret
    package var sessionToken: Secret?
    package var region: String?
    package var endpoint: String?
    package var caFile: String?
    package var version: String

    package init(
      accessKeyID: String, secretKey: Secret, sessionToken: Secret? = nil, region: String?,
      endpoint: String?, caFile: String?, version: String
    ) {
      self.accessKeyID = accessKeyID
      self.secretKey = secretKey
      self.sessionToken = sessionToken
      self.region = region
      self.endpoint = endpoint
      self.caFile = caFile
      self.version = version
    }
  }

  package init(_ place: S3Address, _ access: Access, _ time: StoreTime) throws(SharedStoreError) {
    self.place = place
    address = "\(S3Address.scheme)\(place.bucket)/\(place.key)"
    self.time = time
    clock = StoreClock(time)
    if let endpoint = access.endpoint {
      self.endpoint = try S3Endpoint(endpoint, bucket: place.bucket)
    } else if let region = access.region {
      endpoint = try S3Endpoint(bucket: place.bucket, region: region)
    } else {
      throw .unsuitable(
        "Set AWS_REGION to the region of the bucket, or AWS_ENDPOINT_URL_S3 to the store's address."
      )
    }
    signature = SignatureV4(
      accessKeyID: access.accessKeyID, secretKey: access.secretKey,
      sessionToken: access.sessionToken, region: access.region ?? "us-east-1")
    logClient = try StoreClient(caFile: access.caFile, version: access.version)
    stateClient = try StoreClient(caFile: access.caFile, version: access.version)
  }

  // MARK: - The state

  private static let logField = "x-amz-meta-imprune-log"
  private static let saveField = "x-amz-meta-imprune-save"
  private static let stateFields = ["ETag", logField, saveField]
  /// More than any state: fifty million users.
  private static let maxStateBytes = 1 << 33

  package func find() throws(SharedStoreError) -> StoredState? {
    var request = request(.head, place.key, reads: Self.stateFields)
    // libcurl compares the length of what a GET would return.
    request.maxResponseBytes = Self.maxStateBytes
    let response = try stateClient.send(request)
    clock.note(response)
    // A HEAD has no body that could tell a missing bucket from a missing object.
    if response.status == 404 { return nil }
    return try stored(response)
  }

  package func read(
    _ take: @escaping @Sendable ([UInt8]) throws(SystemError) -> Void
  ) throws(SharedStoreError) -> StoredState? {
    var request = request(.get, place.key, reads: Self.stateFields)
    request.maxResponseBytes = Self.maxStateBytes
    request.totalTimeout = .seconds(1800)
    let response = try stateClient.download(request) { (bytes) throws(SharedStoreError) in
      try attempt(take(bytes), orThrow: SharedStoreError.disk)
    }
    if response.status == 404, S3Refusal(response).code == "NoSuchKey" { return nil }
    return try stored(response)
  }

  private func stored(_ response: Response) throws(SharedStoreError) -> StoredState {
    guard response.status == 200 else { throw refusal(response) }
    guard let version = response["ETag"],
      let log = response[Self.logField].flatMap({ LogIndex($0) }),
      let save = response[Self.saveField]
    else {
      throw .notAState(
        "imprune did not write this object: the metadata of imprune is missing. Name another key with "
          + "--state."
      )
    }
    return StoredState(
      version: .init(version), save: StoredState.Save(stored: save), log: log)
  }

  package func replace(
    with content: @escaping @Sendable () -> ByteSource, bytes: Int, log: LogIndex,
    save: StoredState.Save,
    expecting version: StoredState.Version?
  ) throws(SharedStoreError) -> StoredState.Version {
    var hash = SHA256()
    try content().read(toStoreAt: address) { hash.update($0) }
    let condition = version.map { ("If-Match", $0.text) } ?? ("If-None-Match", "*")
    var request = request(
      .put, place.key,
      headers: [
        condition, (Self.logField, log.description), (Self.saveField, save.description),
      ], payload: hash.finalize(), reads: ["ETag"])
    request.upload = Request.Upload(bytes: bytes, content)
    request.totalTimeout = StoreClient.timeout(bytes: bytes)
    let response = try stateClient.send(request)
    clock.note(response)
    // With If-Match, AWS says of a missing object that it is missing.
    if response.status == 412 || response.status == 404 && S3Refusal(response).code == "NoSuchKey" {
      throw .conflict
    }
    guard response.status == 200 else { throw refusal(response) }
    guard let version = response["ETag"] else {
      throw .unsuitable(
        "The store's response to a write has no ETag, so imprune cannot use this store.")
    }
    return .init(version)
  }

  // MARK: - The log

  private func key(of index: LogIndex) -> String { "\(place.key).log/\(index)" }

  package func append(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) -> Bool {
    try put(bytes, at: index, ("If-None-Match", "*"))
  }

  /// Whether the store has written an entry; false if the condition does not hold.
  private func put(
    _ bytes: [UInt8], at index: LogIndex, _ condition: Request.Header
  ) throws(SharedStoreError) -> Bool {
    let response = try logClient.send(
      request(.put, key(of: index), headers: [condition], body: bytes))
    clock.note(response)
    switch response.status {
    case 200: return true
    case 412: return false
    default: throw refusal(response)
    }
  }

  package func entries(from index: LogIndex) throws(SharedStoreError) -> [[UInt8]] {
    try logClient.entries(from: index, { request(.get, key(of: $0)) }) {
      (response, _) throws(SharedStoreError) in
      try entry(response)
    } hasLater: { () throws(SharedStoreError) in
      try hasEntry(notBefore: index)
    }
  }

  /// Whether the log has an entry at an index or behind it.
  private func hasEntry(notBefore index: LogIndex) throws(SharedStoreError) -> Bool {
    let before = LogIndex(index.number - 1) ?? .start
    let query = [
      ("list-type", "2"), ("max-keys", "1"), ("prefix", "\(place.key).log/"),
      ("start-after", key(of: before)),
    ]
    let response = try logClient.send(request(.get, "", query: query))
    clock.note(response)
    guard response.status == 200 else { throw refusal(response) }
    return response.body.contains("<Key>".utf8)
  }

  package func entry(at index: LogIndex) throws(SharedStoreError) -> [UInt8]? {
    try entry(logClient.send(request(.get, key(of: index))))
  }

  private func entry(_ response: Response) throws(SharedStoreError) -> [UInt8]? {
    clock.note(response)
    switch response.status {
    case 200: return response.body
    case 404 where S3Refusal(response).code == "NoSuchKey": return nil
    default: throw refusal(response)
    }
  }

  package func remove(_ indexes: [LogIndex]) throws(SharedStoreError) {
    try logClient.send(forEach: indexes, { request(.delete, key(of: $0)) }) {
      (response) throws(SharedStoreError) in
      guard [200, 204, 404].contains(response.status) else { throw refusal(response) }
    }
  }

  package func probe(_ bytes: [UInt8], at index: LogIndex) throws(SharedStoreError) {
    let conditions = [("If-None-Match", "*"), ("If-Match", "\"0123456789abcdef0123456789abcdef\"")]
    for condition in conditions where try put(bytes, at: index, condition) {
      throw .unsuitable(
        "The store ignores the condition \(condition.0) of a write, so two applies could send calls for "
          + "the same users. Keep the state in AWS S3, another store that supports both conditions, "
          + "GitLab, or git.")
    }
  }

  // MARK: - Requests

  private func request(
    _ method: Request.Method, _ key: String, headers: [Request.Header] = [], body: [UInt8] = [],
    query: [SignatureV4.Pair] = [], payload: SHA256Digest? = nil, reads: [String] = []
  ) -> Request {
    let payload = payload ?? SHA256.hash(body)
    var headers = headers
    // SeaweedFS stores an empty object if a client dies between the headers and the body of a write,
    // unless it is told a checksum.
    if method == .put {
      let checksum = String(decoding: Base64.encode(payload.bytes), as: UTF8.self)
      headers.append(("x-amz-checksum-sha256", checksum))
    }
    let subject = SignatureV4.Subject(
      method.rawValue, host: endpoint.host, path: endpoint.prefix + key, query: query,
      headers: headers, payload: payload)
    return Request(
      method, endpoint.base + subject.target,
      headers: headers + signature.headers(for: subject, at: time.wall()), body: body,
      reads: reads + ["Retry-After"])
  }

  private func refusal(_ response: Response) -> SharedStoreError {
    S3Refusal(response).error(bucket: place.bucket)
  }

  package var clockOffset: Int? { clock.offset }
}
