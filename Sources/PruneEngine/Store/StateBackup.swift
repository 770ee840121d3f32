/// Copies of states and journals before they are replaced.
enum StateBackup {
  /// Copies a file to `<name>.backup-<serial>` or, if that exists, to the first free name with
  /// `-2`, `-3` and so on. The copy is private to its owner.
  static func make(
    of path: String, serial: UInt64, as name: String
  ) throws(SystemError) -> String {
    let name = freeName(name + ".backup-\(serial)")
    try copy(path, to: name)
    return name
  }

  /// Copies a file; the copy gets its name once it is durable.
  static func copy(_ path: String, to name: String) throws(SystemError) {
    let original = try File.open(path, for: .reading).requireRegular()
    let copy = try FileReplacement(of: name)
    var chunk: [UInt8] = []
    repeat {
      try original.read(into: &chunk, limit: 1 << 20)
      try copy.draft.write(chunk)
    } while !chunk.isEmpty
    try copy.commit()
  }

  private static func freeName(_ first: String) -> String {
    var name = first
    var number = 1
    while FileSystem.exists(name) || FileSystem.isLink(name) {
      number += 1
      name = "\(first)-\(number)"
    }
    return name
  }
}
