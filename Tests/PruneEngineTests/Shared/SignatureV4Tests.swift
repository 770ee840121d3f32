import Crypto
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// Signatures of requests to an object store.
@Suite struct SignatureV4Tests {
  /// 2013-05-24T00:00:00Z, as in the documentation's examples.
  private static let time = Timestamp(seconds: 1_369_353_600)

  private static func signer(token: String? = nil) -> SignatureV4 {
    SignatureV4(
      accessKeyID: "AKIAIOSFODNN7EXAMPLE",
      secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      sessionToken: token.map(Secret.init), region: "us-east-1")
  }

  private static func subject(
    _ method: String, _ path: String, _ query: [SignatureV4.Pair] = [],
    _ headers: [SignatureV4.Pair] = [], host: String = "examplebucket.s3.amazonaws.com",
    body: String = ""
  ) -> SignatureV4.Subject {
    SignatureV4.Subject(
      method, host: host, path: path, query: query, headers: headers,
      payload: SHA256.hash(Array(body.utf8)))
  }

  /// The four examples of the documentation, and two whose signatures another implementation made.
  static let known: [(subject: SignatureV4.Subject, token: String?, signature: String)] = [
    (
      subject("GET", "/test.txt", [], [("Range", "bytes=0-9")]), nil,
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    ),
    (
      subject("GET", "/", [("lifecycle", "")]), nil,
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    ),
    (
      subject("GET", "/", [("prefix", "J"), ("max-keys", "2")]), nil,
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    ),
    (
      subject(
        "PUT", "/test$file.text", [],
        [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
        body: "Welcome to Amazon S3."), nil,
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    ),
    (
      subject(
        "PUT", "/bucket/a b+ü~*//x%2f=@(é)",
        [("versionId", "a/b+c d=&é"), ("acl", ""), ("Acl", "Z"), ("a-b", "1"), ("a", "2")],
        [("If-None-Match", "*"), ("X-Amz-Meta-Log", "  7   8 ")], host: "127.0.0.1:8333",
        body: "data"), nil, "112a82125b8fe6ccf2e27d2e945c4db64bc5a2629d27b95d0492cc2b17dfc2ee"
    ),
  ]

  private func signature(_ headers: [SignatureV4.Pair]) -> String? {
    headers.first { $0.name == "Authorization" }?.value.split(separator: "=").last.map(String.init)
  }

  @Test(arguments: known.indices) func `known signatures`(index: Int) {
    let (subject, token, wanted) = Self.known[index]
    #expect(signature(Self.signer(token: token).headers(for: subject, at: Self.time)) == wanted)
  }

  @Test func `the headers of the documentation's first example`() {
    let headers = Self.signer().headers(for: Self.known[0].subject, at: Self.time)
    #expect(headers.map(\.name) == ["x-amz-content-sha256", "x-amz-date", "Authorization"])
    #expect(headers[0].value == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(headers[1].value == "20130524T000000Z")
    #expect(
      headers[2].value.hasPrefix(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
          + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature="))
  }

  @Test func `what is sent is what is signed`() {
    let subject = Self.known[4].subject
    #expect(
      subject.target
        == "/bucket/a%20b%2B%C3%BC~%2A//x%252f%3D%40%28%C3%A9%29"
        + "?Acl=Z&a=2&a-b=1&acl=&versionId=a%2Fb%2Bc%20d%3D%26%C3%A9")
    #expect(Self.subject("GET", "/").target == "/")
  }

  @Test func `a token of temporary credentials is sent and signed`() {
    let signer = SignatureV4(
      accessKeyID: "AKIAIOSFODNN7EXAMPLE",
      secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      sessionToken: Secret("token/+=="), region: "us-east-1")
    let headers = signer.headers(
      for: Self.subject(
        "DELETE", "/b/k", [], [("If-Match", "\"abc\"")], host: "s3.eu-west-3.amazonaws.com"),
      at: Self.time)
    #expect(headers.contains { $0 == ("x-amz-security-token", "token/+==") })
    #expect(
      signature(headers) == "754b01f0dc1f03e70e7293d5fb56e0214476d316632397864fef6eef37e8346d")
  }

  /// Everything that a request says is part of its signature.
  @Test func `a change of any part changes the signature`() throws {
    let changed: [SignatureV4.Subject] = [
      Self.subject("GET", "/b/k", [("a", "1")], [("If-Match", "x")]),
      Self.subject("PUT", "/b/l", [("a", "1")], [("If-Match", "x")]),
      Self.subject("PUT", "/b//k", [("a", "1")], [("If-Match", "x")]),
      Self.subject("PUT", "/b/k", [("a", "2")], [("If-Match", "x")]),
      Self.subject("PUT", "/b/k", [("a", "1")], [("If-Match", "y")]),
      Self.subject("PUT", "/b/k", [("a", "1")], [("If-Match", "x")], host: "other"),
      Self.subject("PUT", "/b/k", [("a", "1")], [("If-Match", "x")], body: "b"),
      Self.subject("PUT", "/b/k", [("a", "1")], [("If-Match", "x")]),
    ]
    let signatures = try changed.map {
      try #require(signature(Self.signer().headers(for: $0, at: Self.time)))
    }
    #expect(Set(signatures).count == changed.count)
    let later = Self.signer().headers(for: changed[0], at: Timestamp(seconds: 1_369_353_601))
    #expect(signature(later) != signatures[0])
  }
}
