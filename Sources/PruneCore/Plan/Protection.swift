/// Which ids must not be touched.
struct Protection {
  private let admin: UserID
  private let administrator = UserID("administrator")
  private let reserved: [[UInt8]]
  /// Ids without `*`, sorted, with their index in the manifest.
  private let exact: [(id: UserID, index: UInt16)]
  private let globs: [(glob: Glob, index: UInt16)]

  init(_ manifest: Manifest) {
    admin = manifest.app.admin
    reserved = Guards.reservedPrefixes.map { Array($0.utf8) }
    var exact: [(id: UserID, index: UInt16)] = []
    var globs: [(glob: Glob, index: UInt16)] = []
    for (index, pattern) in manifest.guards.protected.enumerated() {
      // The reader takes no more than fit.
      let index = UInt16(clamping: index)
      if pattern.text.utf8.contains(UInt8(ascii: "*")) {
        globs.append((Glob(pattern.text), index))
      } else if let id = UserID(pattern.text) {
        exact.append((id, index))
      }
    }
    self.exact = exact.sorted { $0.id < $1.id }
    self.globs = globs
  }

  /// The single ids among what is protected, sorted, each once.
  var ids: [UserID] {
    Set(exact.map(\.id) + [admin] + [administrator].compactMap { $0 }).sorted()
  }

  func block(_ id: UserID) -> Block? {
    if id == administrator { return .administrator }
    if id == admin { return .callingAdmin }
    if id[0] == UInt8(ascii: "@"), reserved.contains(where: { id.hasPrefix($0[...]) }) {
      return .reservedPrefix
    }
    if let index = exactIndex(of: id) { return .protected(index) }
    if let match = globs.first(where: { $0.glob.matches(id) }) { return .protected(match.index) }
    return nil
  }

  private func exactIndex(of id: UserID) -> UInt16? {
    let index = exact.firstIndex(notBefore: { $0.id < id })
    return index < exact.count && exact[index].id == id ? exact[index].index : nil
  }
}
