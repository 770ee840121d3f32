import Foundation
import PruneCore
import TestSupport
import Testing

/// A workspace with a state of five records and a manifest, for tests of the `state` commands.
class StateWorkspace {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
    try place.write("imprune.state", StateFixture(records: Self.records).text)
    try writeManifest()
  }

  static let end = "2026-01-02T03:04:05Z\t0123456789ab"
  static let records = [
    "both\tclear-tags\t-\t-\t-\t-\t1\tunknown\t\(end)",
    "both\tremove-account\t-\t-\t-\t-\t1\tunknown\t\(end)",
    "done\tremove-account\t1\tremoved\t\(end)\t-\t-\t-\t-",
    "failed\tremove-account\t-\t-\t-\t-\t1\tfailed(70402)\t\(end)",
    "user_0000001\tremove-account\t-\t-\t-\t-\t1\tunknown\t\(end)",
  ]
  static let files = ["imprune.state", "imprune.yaml"]

  func writeManifest(port: Int = 9) throws {
    try place.write(
      "imprune.yaml",
      manifestText(
        port: port, edition: "trial", enabled: "",
        users: "  - {ids: [done, user_0000001], account: absent}"))
  }

  /// Runs `state` with the words of a command line.
  func state(_ words: String, input: FileHandle? = nil) throws -> ProcessResult {
    let words = words.split(separator: " ").map(String.init)
    let process = try ChildProcess(
      Built.imprune, ["state"] + words, in: place.folder, environment: place.environment,
      input: input)
    return place.end(process)
  }

  /// Checks that a run had this exit code, printed these words as an error, and changed only the
  /// lock file.
  func expectRefused(
    _ words: String, code: Int32 = 1, _ said: String..., input: FileHandle? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    func content() -> [String: [UInt8]] {
      let names = place.names.filter { !$0.hasSuffix(".lock") }
      return Dictionary(uniqueKeysWithValues: names.map { ($0, (try? place.bytes($0)) ?? []) })
    }
    let before = content()
    let result = try state(words, input: input)
    #expect(result.code == code, sourceLocation: sourceLocation)
    for said in said {
      #expect(result.error.contains(said), "\(result.error)", sourceLocation: sourceLocation)
    }
    #expect(content() == before, sourceLocation: sourceLocation)
  }

  func mode(_ name: String) throws -> Int? {
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path(name))
    return attributes[.posixPermissions] as? Int
  }
}
