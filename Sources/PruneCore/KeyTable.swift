/// The names of the keys of a mapping or an object, ready to be compared with what was read.
struct KeyTable<Key: CaseIterable & RawRepresentable<String> & Sendable>: Sendable {
  let place: String
  private let keys: [(bytes: [UInt8], key: Key)]

  init(_ place: String) {
    self.place = place
    keys = Key.allCases.map { (Array($0.rawValue.utf8), $0) }
  }

  /// The key that the bytes name, and its position in the table.
  func find(_ bytes: [UInt8]) -> (index: Int, key: Key)? {
    for index in keys.indices where keys[index].bytes == bytes {
      return (index, keys[index].key)
    }
    return nil
  }

  var names: [String] { keys.map(\.key.rawValue) }
}

/// Which keys of a table a mapping has had.
struct SeenKeys<Key: CaseIterable & RawRepresentable<String> & Equatable> {
  private var bits: UInt32 = 0

  /// Remembers a key; false if it has been seen.
  mutating func insert(_ index: Int) -> Bool {
    let bit: UInt32 = 1 << UInt32(index)
    defer { bits |= bit }
    return bits & bit == 0
  }

  func contains(_ key: Key) -> Bool {
    for (index, candidate) in Key.allCases.enumerated() where candidate == key {
      return bits & 1 << UInt32(index) != 0
    }
    return false
  }
}
