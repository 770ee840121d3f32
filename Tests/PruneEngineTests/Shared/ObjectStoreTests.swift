import Crypto
import Foundation
import HTTP
import PruneCore
import Testing

@testable import PruneEngine

/// The host and port of the store.
private let address = ProcessInfo.processInfo.environment["IMPRUNE_TEST_S3"]

/// Requests to a real object store that checks signatures and keeps conditions of writes. `.ci/test-stores`
/// starts one and names it in `IMPRUNE_TEST_S3`.
@Suite(.enabled(if: address != nil, "needs a store; run .ci/test-stores"))
struct ObjectStoreTests {
  private let host = address ?? ""
  private let transfers: Transfers
  private let bucket = "imprune-tests"
  /// Keeps the tests apart.
  private let folder = "\(UInt64.random(in: .min ... .max))"

  init() throws {
    transfers = try Transfers(
      TransferOptions(totalTimeout: .seconds(60), userAgent: "imprune-tests"))
    // Another test may have made it.
    #expect([200, 409].contains(try send(.put, "").status))
  }

  /// Sends a signed request for a key of the bucket.
  private func send(
    _ method: Request.Method, _ key: String, _ headers: [Request.Header] = [],
    query: [SignatureV4.Pair] = [], body: String = "",
    secret: String = "a/secret+key"
  ) throws -> Response {
    let subject = SignatureV4.Subject(
      method.rawValue, host: host, path: "/\(bucket)" + (key.isEmpty ? "" : "/\(folder)/\(key)"),
      query: query, headers: headers, payload: SHA256.hash(Array(body.utf8)))
    let signer = SignatureV4(
      accessKeyID: "imprune", secretKey: Secret(secret), sessionToken: nil, region: "us-east-1")
    let now = Timestamp(seconds: UInt32(Date.now.timeIntervalSince1970))
    let request = Request(
      method, "http://\(host)\(subject.target)",
      headers: headers + signer.headers(for: subject, at: now), body: Array(body.utf8),
      reads: ["ETag", "x-amz-meta-log"])
    try transfers.start(request, as: TransferID(rawValue: 1))
    let done = try transfers.wait(until: .now().advanced(by: .seconds(60)))
    return try #require(done.first).result.get()
  }

  @Test(arguments: [
    "plain", "a b", "a+b", "ü", "e\u{301}", "~", "*", "a//b", "a%2fb", "a=b&c", "?x=1", "#f", "日本",
    "'(!)", ";:@$,",
  ])
  func `a key with special characters is written, read and deleted`(key: String) throws {
    #expect(try send(.put, key, [("x-amz-meta-log", "7")], body: "data \(key)").status == 200)
    let read = try send(.get, key)
    #expect(read.status == 200 && read.body == Array("data \(key)".utf8))
    let head = try send(.head, key)
    #expect(head.status == 200 && head["x-amz-meta-log"] == "7" && head.body.isEmpty)
    #expect(try send(.delete, key).status == 204)
    #expect(try send(.get, key).status == 404)
  }

  @Test func `an entry is created once, and a state replaced only if it is the expected one`()
    throws
  {
    let once = [("If-None-Match", "*")]
    #expect(try send(.put, "log/1", once, body: "mine").status == 200)
    #expect(try send(.put, "log/1", once, body: "mine").status == 412)
    let tag = try #require(send(.head, "log/1")["ETag"])
    #expect(try send(.put, "log/1", [("If-Match", "\"wrong\"")], body: "other").status == 412)
    #expect(try send(.get, "log/1").body == Array("mine".utf8))
    #expect(try send(.put, "log/1", [("If-Match", tag)], body: "next").status == 200)
    #expect(try send(.put, "log/1", [("If-Match", tag)], body: "late").status == 412)
    #expect(try send(.get, "log/1").body == Array("next".utf8))
  }

  @Test func `a list is asked for with a query`() throws {
    for number in 1...3 { _ = try send(.put, "p q/\(number)", body: "x") }
    let list = try send(
      .get, "", query: [("prefix", "\(folder)/p q/"), ("list-type", "2"), ("max-keys", "2")])
    let text = String(decoding: list.body, as: UTF8.self)
    #expect(list.status == 200)
    #expect(
      text.contains("<Key>\(folder)/p q/1</Key>") && !text.contains("<Key>\(folder)/p q/3</Key>"))
    #expect(text.contains("<IsTruncated>true</IsTruncated>"))
  }

  @Test func `the store refuses a signature with another secret`() throws {
    #expect(try send(.put, "k", body: "x", secret: "another").status == 403)
    #expect(try send(.get, "k").status == 404)
  }
}
