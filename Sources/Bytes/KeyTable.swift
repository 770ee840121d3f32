/// The names of the keys of a mapping or an object, ready to be compared with what was read.
public struct KeyTable<Key: CaseIterable & RawRepresentable<String> & Sendable>: Sendable {
  public let place: String
  @usableFromInline let keys: [(bytes: [UInt8], key: Key)]

  public init(_ place: String) {
    self.place = place
    keys = Key.allCases.map { (Array($0.rawValue.utf8), $0) }
  }

  /// The key that the bytes name, and its position in the table.
  @inlinable public func find(_ bytes: [UInt8]) -> (index: Int, key: Key)? {
    for index in keys.indices where keys[index].bytes == bytes {
      return (index, keys[index].key)
    }
    return nil
  }

  public var names: [String] { keys.map(\.key.rawValue) }

  /// The names of the keys that a mapping has had.
  public func names(in seen: SeenKeys<Key>) -> [String] where Key: Equatable {
    keys.map(\.key).filter(seen.contains).map(\.rawValue)
  }
}

/// Which keys of a table a mapping has had.
public struct SeenKeys<Key: CaseIterable & RawRepresentable<String> & Equatable> {
  @usableFromInline var bits: UInt32 = 0

  @inlinable public init() {}

  /// Remembers a key; false if it has been seen.
  @inlinable public mutating func insert(_ index: Int) -> Bool {
    let bit: UInt32 = 1 << UInt32(index)
    defer { bits |= bit }
    return bits & bit == 0
  }

  @inlinable public func contains(_ key: Key) -> Bool {
    for (index, candidate) in Key.allCases.enumerated() where candidate == key {
      return bits & 1 << UInt32(index) != 0
    }
    return false
  }
}
