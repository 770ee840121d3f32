import Foundation
import TestSupport

@testable import imprune

/// A local HTTPS server with releases of imprune, and `examples/install.sh` run against it.
final class ReleaseServer {
  static let version = Version.current
  static let script = ReadmeTests.root.appending(path: "examples/install.sh").path

  let place: TemporaryWorkspace
  let address: String
  private let server: ChildProcess

  struct Failure: Error {
    let what: String
  }

  /// Name of the archive, without its extension; also its top folder.
  static let name: String = {
    #if arch(arm64)
      "imprune-\(version)-linux-arm64"
    #else
      "imprune-\(version)-linux-amd64"
    #endif
  }()

  init() throws {
    place = try TemporaryWorkspace()
    for folder in ["home", "served", "temp", "tools"] { try place.makeFolder(folder) }
    let maker = try ChildProcess(
      "/usr/bin/openssl",
      [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=releases",
        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem",
      ], in: place.folder
    ).end()
    guard maker.code == 0 else { throw Failure(what: maker.text) }
    try place.write("log", "")
    // -HTTP serves files that contain whole responses, so that a test chooses status and headers.
    server = try ChildProcess(
      "/bin/sh",
      [
        "-c",
        "exec openssl s_server -HTTP -accept 127.0.0.1:0 -cert ../cert.pem -key ../key.pem >../log",
      ], in: place.path("served"), environment: ["PATH": "/usr/bin:/bin"])
    var port = ""
    let (place, server) = (place, server)
    let isUp = try eventually {
      guard server.isRunning else { throw Failure(what: server.end().text) }
      guard let match = try place.text("log").firstMatch(of: /ACCEPT .*:([0-9]+)\n/) else {
        return false
      }
      port = String(match.1)
      return true
    }
    guard isUp else { throw Failure(what: "the server does not start") }
    address = "https://127.0.0.1:\(port)"
  }

  /// Serves a response for the archive of a version.
  func respond(_ head: String, _ body: [UInt8] = [], version: String = version) throws {
    let name = Self.name.replacing(Self.version, with: version)
    let head = Array("HTTP/1.0 \(head)\r\nConnection: close\r\n\r\n".utf8)
    try place.write("served/v\(version)/\(name).tar.gz", head + body)
  }

  /// Packs an archive with shell commands that run in its folder, and serves it; returns its
  /// checksum. `bin/imprune` is the built tool, which has the version of this source, if the commands
  /// do not change it.
  func publish(_ commands: String = "", pack: String = "tar -czf ../archive *") throws -> String {
    let script = """
      set -eu
      rm -rf tree archive
      mkdir -p tree/\(Self.name)/bin
      cd tree
      cp "$BUILT" \(Self.name)/bin/imprune
      top=\(Self.name)
      \(commands)
      \(pack)
      cd ..
      sha256sum archive
      """
    let result = try ChildProcess(
      "/bin/sh", ["-c", script], in: place.folder,
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "BUILT": Built.imprune]
    ).end()
    guard result.code == 0 else { throw Failure(what: result.text) }
    try respond("200 OK", try place.bytes("archive"))
    return String(result.out.prefix(64))
  }

  /// The environment in which the script runs.
  var environment: [String: String] {
    [
      "PATH": place.path("tools") + ":/usr/bin:/bin", "HOME": place.path("home"),
      "IMPRUNE_RELEASES": address, "CURL_CA_BUNDLE": place.path("cert.pem"),
      "GITHUB_PATH": place.path("github-path"), "LC_ALL": "C",
    ]
  }

  /// Runs `install.sh`.
  func install(_ arguments: [String], _ changes: [String: String] = [:]) throws -> ProcessResult {
    let process = try ChildProcess(
      Self.script, arguments, in: place.folder,
      environment: environment.merging(changes) { $1 })
    return place.end(process)
  }

  /// Everything below a folder, with the contents of files; nil if there is no such folder.
  func contents(_ folder: String) -> [String: Data]? {
    guard let names = FileManager.default.subpaths(atPath: place.path(folder)) else { return nil }
    return Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, FileManager.default.contents(atPath: place.path("\(folder)/\($0)")) ?? Data())
      })
  }
}
