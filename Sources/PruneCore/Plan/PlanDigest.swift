internal import Bytes
package import Crypto

/// SHA-256 over the app and the sorted (operation, id, revision) of everything to do
/// (docs/architecture.md, "Words").
package struct PlanDigest: Hashable, Sendable, CustomStringConvertible {
  package let value: SHA256Digest

  package init(_ value: SHA256Digest) {
    self.value = value
  }

  package init?(hex: String) {
    guard let value = SHA256Digest(hex: hex) else { return nil }
    self.value = value
  }

  /// 64 hexadecimal digits.
  package var description: String { value.description }

  /// As many digits as a token has.
  package var leadingDigits: String { String(description.prefix(ApprovalToken.digits)) }
}

extension PlanDigest {
  /// Makes a digest: SHA-256 over the line `imprune-plan<TAB>2<TAB>APP<TAB>ENDPOINT` and one line
  /// `OPERATION<TAB>ID<TAB>REVISION` per item, sorted by operation and id, each ended by LF. It
  /// covers the endpoint, so that the token of a sandbox plan approves nothing at the live service.
  struct Hasher: ~Copyable {
    private var hash = SHA256()
    /// The bytes to hash next.
    private var buffer = Array("imprune-plan\t2\t".utf8)

    /// More than the longest line.
    private static let longestLine = 80

    init(app: SDKAppID, endpoint: String) {
      buffer.append(contentsOf: "\(app)\t\(endpoint)\n".utf8)
    }

    /// Adds an item; the caller keeps the order.
    mutating func add(_ operation: Operation, _ id: UserID, _ revision: Revision) {
      buffer.append(addingCapacity: Self.longestLine) { line in
        line.append(operation.name)
        line.append(UInt8(ascii: "\t"))
        id.write(to: &line)
        line.append(UInt8(ascii: "\t"))
        line.appendDecimal(UInt64(revision.number))
        line.append(UInt8(ascii: "\n"))
      }
      if buffer.count >= 1 << 16 { flush() }
    }

    private mutating func flush() {
      hash.update(buffer)
      buffer.removeAll(keepingCapacity: true)
    }

    consuming func finish() -> PlanDigest {
      flush()
      return PlanDigest(hash.finalize())
    }
  }

  /// The digest of entries of a manifest, given by their index in ascending order.
  init(_ manifest: Manifest, entries: some Collection<UInt32>) {
    var hasher = Hasher(app: manifest.app.id, endpoint: manifest.app.endpointText)
    for operation in Operation.allCases where manifest.count(of: operation) > 0 {
      for index in entries {
        let entry = manifest.entries.list[Int(index)]
        let group = manifest.entries.groups[entry.group]
        if group.operation == operation { hasher.add(operation, entry.id, group.revision) }
      }
    }
    self = hasher.finish()
  }

  /// The digest of the items of a saved plan.
  init(app: SDKAppID, endpoint: String, _ items: [SavedPlan.Item]) {
    var hasher = Hasher(app: app, endpoint: endpoint)
    for item in items { hasher.add(item.operation, item.id, item.revision) }
    self = hasher.finish()
  }
}
