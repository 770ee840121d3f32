internal import Bytes
import PruneCore

/// The host of an object store, and how it addresses buckets.
struct S3Endpoint: Equatable, Sendable {
  /// With the scheme, without a slash at its end.
  let base: String
  /// As in the header `Host`.
  let host: String
  /// What is before the key in a path, from its first slash on.
  let prefix: String

  /// AWS, with the bucket in the name of the host; if a bucket has a dot, its name would not fit the
  /// certificate, so it is in the path.
  init(bucket: String, region: String) throws(SharedStoreError) {
    guard region.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }) else {
      throw .unsuitable("AWS_REGION is \(region), which is not the name of a region.")
    }
    let regional = "s3.\(region).amazonaws.com"
    host = bucket.contains(".") ? regional : "\(bucket).\(regional)"
    prefix = bucket.contains(".") ? "/\(bucket)/" : "/"
    base = "https://\(host)"
  }

  /// Another store, `https://host[:port]`, with the bucket in the path.
  init(_ text: String, bucket: String) throws(SharedStoreError) {
    var rest = text[...]
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    let isPlain = rest.hasPrefix("http://")
    guard isPlain || rest.hasPrefix("https://"), let slash = rest.firstRange(of: "//") else {
      throw Self.unusable(text)
    }
    let host = rest[slash.upperBound...]
    let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
    guard !host.isEmpty,
      host.utf8.allSatisfy({ $0.isLetterOrDigit || ".-:[]".utf8.contains($0) })
    else { throw Self.unusable(text) }
    try Self.requireConditions(name.lowercased())
    let bare = name.filter { $0 != "[" && $0 != "]" }.lowercased()
    if isPlain, !isLoopback(host: bare) {
      throw .unsuitable(
        "AWS_ENDPOINT_URL_S3 is \(text): without https, imprune talks only to this machine.")
    }
    self.host = String(host)
    base = String(rest)
    prefix = "/\(bucket)/"
  }

  private static func unusable(_ text: String) -> SharedStoreError {
    .unsuitable("AWS_ENDPOINT_URL_S3 is \(text), but must be https://host[:port].")
  }

  /// Refuses stores that are known not to keep the conditions of writes, or not when several write at
  /// once.
  private static func requireConditions(_ host: String) throws(SharedStoreError) {
    let stores = [
      (
        ["myqcloud.com", "tencentcos.cn"], "Tencent COS",
        "ignores the condition If-Match, and "
          + "creates an object twice when two requests race or the bucket had versions"
      ),
      (["aliyuncs.com"], "Alibaba OSS", "does not know the conditions If-Match and If-None-Match"),
      (
        ["backblazeb2.com"], "Backblaze B2",
        "does not know the conditions If-Match and If-None-Match"
      ),
    ]
    for (domains, name, reason) in stores
    where domains.contains(where: { host == $0 || host.hasSuffix("." + $0) }) {
      throw .unsuitable(
        "\(host) is \(name), which \(reason). Two applies could send calls for the same users. Keep "
          + "the state in AWS S3, another store that supports both conditions, GitLab, or git.")
    }
  }
}
