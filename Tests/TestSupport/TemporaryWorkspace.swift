package import Foundation

/// A test's own folder, removed with this value, and imprune run in it.
package final class TemporaryWorkspace {
  /// With all links resolved.
  package let folder: String
  /// The environment of every run in here, in addition to the run's own.
  package var environment: [String: String]
  /// Everything that the runs in here have printed.
  package private(set) var printed = ""

  package init(environment: [String: String] = [:]) throws {
    let folder = NSTemporaryDirectory() + "/imprune-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    self.folder = URL(filePath: folder).resolvingSymlinksInPath().path
    self.environment = environment
  }

  deinit {
    // A test may have removed the permission to change a folder.
    for name in FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? [] {
      let path = path(name)
      let isFolder =
        try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
      guard isFolder == .typeDirectory else { continue }
      try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }
    try? FileManager.default.removeItem(atPath: folder)
  }

  // MARK: - Files

  package func path(_ name: String) -> String { folder + "/" + name }

  package func write(_ name: String, _ text: String) throws {
    try write(name, Array(text.utf8))
  }

  package func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(filePath: path(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    // In place: links, mode and owner stay.
    if !FileManager.default.fileExists(atPath: url.path) {
      _ = FileManager.default.createFile(atPath: url.path, contents: nil)
    }
    let file = try FileHandle(forWritingTo: url)
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: bytes)
    try file.close()
  }

  package func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path(name))))
  }

  package func text(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }

  package func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  package func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path(name))
  }

  /// Renames a file; replaces an existing target.
  package func move(_ name: String, to target: String) throws {
    guard unsafe rename(path(name), path(target)) == 0 else {
      throw CocoaError(.fileWriteUnknown)
    }
  }

  /// As if a file was last written so many seconds ago.
  package func age(_ name: String, seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path(name))
  }

  /// Gives a file a second name.
  package func hardLink(_ name: String, to target: String) throws {
    try FileManager.default.linkItem(atPath: path(target), toPath: path(name))
  }

  /// Truncates a file in place.
  package func cut(_ name: String, to bytes: UInt64) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: path(name)))
    try file.truncate(atOffset: bytes)
    try file.close()
  }

  package func append(_ name: String, _ text: String) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: path(name)))
    try file.seekToEnd()
    try file.write(contentsOf: Array(text.utf8))
    try file.close()
  }

  package func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
  }

  package func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: path(name), withDestinationPath: target)
  }

  package func makeFIFO(_ name: String) throws {
    guard unsafe mkfifo(path(name), 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  /// The names of all files in the folder and below, sorted.
  package var names: [String] {
    (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).sorted()
  }

  // MARK: - Runs

  /// Runs imprune to its end.
  package func imprune(
    _ arguments: String..., environment: [String: String] = [:], input: FileHandle? = nil
  ) throws -> ProcessResult {
    let process = try ChildProcess(
      Built.imprune, arguments, in: folder,
      environment: self.environment.merging(environment) { $1 }, input: input)
    return end(process)
  }

  package func imprune(_ arguments: [String]) throws -> ProcessResult { try end(start(arguments)) }

  /// Starts imprune; `end` waits for it.
  package func start(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> ChildProcess {
    try start(arguments, environment: environment)
  }

  package func start(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> ChildProcess {
    try ChildProcess(
      Built.imprune, arguments, in: folder,
      environment: self.environment.merging(environment) { $1 })
  }

  package func end(_ process: ChildProcess, timeout: Double = 120) -> ProcessResult {
    let result = process.end(timeout: timeout)
    printed += result.text
    return result
  }
}
