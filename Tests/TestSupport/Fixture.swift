internal import FoundationEssentials

/// The folder `Tests/Cases`: files that tests read, and rewrite if `RECORD=1` is set.
package enum Fixture {
  /// Whether tests write expected files instead of comparing them; review the diff then.
  package static var isRecording: Bool { ProcessInfo.processInfo.environment["RECORD"] == "1" }

  /// The bytes of a file.
  package static func bytes(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: url(path)))
  }

  /// The bytes of a file, or nil if there is none.
  package static func bytesIfPresent(_ path: String) throws -> [UInt8]? {
    FileManager.default.fileExists(atPath: url(path).path) ? try bytes(path) : nil
  }

  /// Replaces the content of a file.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: url(path), options: .atomic)
  }

  /// The names in a folder, sorted.
  package static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url(folder).path).sorted()
  }

  /// The names of the folders with a manifest, sorted.
  package static func cases() throws -> [String] {
    try names(in: "").filter {
      FileManager.default.fileExists(atPath: url("\($0)/manifest.yaml").path)
    }
  }

  private static func url(_ path: String) -> URL {
    var url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    url = url.deletingLastPathComponent().appendingPathComponent("Cases")
    return path.isEmpty ? url : url.appendingPathComponent(path)
  }
}
