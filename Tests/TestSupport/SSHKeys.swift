import Foundation

/// SSH keys in a folder, and signatures by them, made by the system's ssh-keygen.
package struct SSHKeys {
  package let folder: String

  package init(in folder: String) throws {
    self.folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  /// Runs ssh-keygen in the folder; it must succeed.
  @discardableResult
  package func keygen(_ words: [String], input: String = "") throws -> String {
    let file = folder + "/.input-" + UUID().uuidString
    try input.write(toFile: file, atomically: false, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let process = try ChildProcess(
      "/usr/bin/ssh-keygen", words, in: folder, input: FileHandle(forReadingAtPath: file))
    let result = process.end()
    guard result.code == 0 else { throw Failure(words: result.text) }
    return result.out
  }

  package struct Failure: Error {
    package let words: String
  }

  /// Makes a key with this name; returns the public key.
  @discardableResult
  package func make(_ name: String, type: String = "ed25519") throws -> String {
    try keygen(["-q", "-t", type, "-N", "", "-C", name, "-f", name])
    return try publicKey(name)
  }

  package func publicKey(_ name: String) throws -> String {
    try String(contentsOfFile: folder + "/\(name).pub", encoding: .utf8)
      .trimmingCharacters(in: .newlines)
  }

  /// The armored signature of a text by a key.
  package func armor(
    of text: String, by key: String, namespace: String = "imprune-plan"
  ) throws -> String {
    try keygen(["-Y", "sign", "-n", namespace, "-f", key], input: text)
  }
}
