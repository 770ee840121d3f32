package import PruneCore
internal import Bytes

/// A manifest with these wanted users, whose guards allow everything. The `raised` users have the
/// next revision.
package func simulatedManifest(
  removals: [String] = [], clears: [String] = [], revision: Int = 1, protected: [String] = [],
  raised: Set<String> = []
) throws -> Manifest {
  var text = """
    version: 1
    app: {sdk_app_id: 1400000000, region: singapore, admin: admin_1, edition: ultimate,
      enabled: [account_deletion, tag_push]}
    guards: {max_removals: 1000000, max_clears: 1000000, protected: [\
    \(protected.map { "\"\($0)\"" }.joined(separator: ", "))]}
    users:

    """
  for (ids, goal) in [(removals, "account: absent"), (clears, "tags: []")] {
    for (rise, ids) in [ids.filter { !raised.contains($0) }, ids.filter(raised.contains)]
      .enumerated()
    where !ids.isEmpty {
      let list = ids.map { "\"\($0)\"" }.joined(separator: ", ")
      text += "  - {ids: [\(list)], \(goal), revision: \(revision + rise)}\n"
    }
  }
  let reading = ManifestReader.read(
    ByteSource(Array(text.utf8)), name: "imprune.yaml",
    lists: ListOpener { (_) throws(ListRefusal) in throw .missing })
  guard let manifest = reading.manifest else {
    throw Breach("not a manifest: \(reading.diagnostics.kept)")
  }
  return manifest
}

/// `count` ids that differ in their numbers.
package func ids(_ prefix: String, _ count: Int) -> [String] {
  (0..<count).map { "\(prefix)\(String($0 + 1_000_000).dropFirst())" }
}
