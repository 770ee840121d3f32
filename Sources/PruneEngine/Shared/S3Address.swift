internal import Bytes

/// Where a state is in an object store: `s3://bucket/key`, on AWS or at another endpoint.
package struct S3Address: Equatable, Sendable {
  package let bucket: String
  package let key: String

  /// The beginning of such an address.
  package static let scheme = "s3://"

  /// Reads an address; throws what is wrong with it.
  package init(_ text: String) throws(SharedStoreError) {
    let parts = text.dropFirst(Self.scheme.count).split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard text.hasPrefix(Self.scheme), parts.count == 2, Self.isBucket(parts[0]) else {
      throw .unsuitable(
        "\(text) is not an address of an object: write s3://bucket/key, with a bucket of 3 to 63 "
          + "lowercase letters, digits, dots and hyphens.")
    }
    let key = String(parts[1])
    guard (1...900).contains(key.utf8.count), !key.hasSuffix("/"),
      !key.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else {
      throw .unsuitable(
        "\(text) is not an address of an object: the key has 1 to 900 bytes, no control characters, "
          + "and does not end with a slash.")
    }
    bucket = String(parts[0])
    self.key = key
  }

  private static func isBucket(_ name: Substring) -> Bool {
    let bytes = name.utf8
    return (3...63).contains(bytes.count)
      && bytes.allSatisfy { $0.isDigit || $0 &- 0x61 < 26 || $0 == 0x2D || $0 == 0x2E }
      && bytes.first.map(\.isLetterOrDigit) == true && bytes.last.map(\.isLetterOrDigit) == true
      && !name.contains("..")
  }
}
