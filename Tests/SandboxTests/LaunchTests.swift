import Foundation
import Testing

@testable import imprune_sandbox

/// The built executable.
@Suite struct LaunchTests {
  /// Where the executable lies: beside the test bundle.
  private static let executable = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "imprune-sandbox")

  /// A started sandbox and the ends of its outputs.
  private struct Launched {
    let process = Process()
    let output = Pipe()
    let error = Pipe()

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
      process.executableURL = LaunchTests.executable
      process.arguments = arguments
      process.environment = environment
      process.standardOutput = output
      process.standardError = error
      try process.run()
    }

    /// Reads the output up to the end of its `count`th line.
    func lines(_ count: Int) -> [String] {
      var text = Data()
      while text.count(where: { $0 == 10 }) < count {
        let more = output.fileHandleForReading.availableData
        if more.isEmpty { break }
        text += more
      }
      return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Waits for the end; gives the exit code and everything on stderr.
    func end() -> (code: Int32, error: String) {
      let error = self.error.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: error, as: UTF8.self))
    }
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `it says where it listens, serves, and ends at a signal`(signal: Int32) throws {
    try withFolder { folder in
      let portFile = folder.appending(path: "port")
      let log = folder.appending(path: "log")
      let sandbox = try Launched([
        "--port", "0", "--users", "12", "--tags", "x,y", "--enabled", "tag_push",
        "--edition", "pro_plus", "--port-file", portFile.path, "--log", log.path,
      ])
      let lines = sandbox.lines(2)
      let first = try #require(lines.first)
      let port = try #require(first.firstMatch(of: /:(\d+) \(/).flatMap { Int($0.1) })
      #expect(
        first == "imprune-sandbox: listening on http://127.0.0.1:\(port) "
          + "(app 1400000000, edition pro_plus, 12 users)")
      #expect(lines.last == "imprune-sandbox: secret key \(SandboxKey.fixed)")

      let connection = try RawConnection(port: port)
      try connection.send("GET /sandbox/users?tagged HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try connection.response().body.hasSuffix("user_0000012\tx,y\n"))
      try connection.send("POST /v4/x?usersig=secret HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try connection.response().body.contains("60009"))

      kill(sandbox.process.processIdentifier, signal)
      let (code, error) = sandbox.end()
      #expect(code == 0)
      #expect(error == "")
      #expect(try String(contentsOf: portFile, encoding: .utf8) == "\(port)\n")
      let logged = try String(contentsOf: log, encoding: .utf8)
      let call = #""endpoint": "/v4/x", "ids": [], "code": 60009, "items": {}}"#
      #expect(logged.hasSuffix(call + "\n"))
      #expect(!logged.contains("secret"))
    }
  }

  @Test func `it does not start twice on one port`() throws {
    let first = try Launched(["--port", "0"], environment: ["IMPRUNE_SANDBOX_KEY": "k"])
    let line = try #require(first.lines(1).first)
    let port = try #require(line.firstMatch(of: /:(\d+) \(/)?.1)
    let second = try Launched(["--port", String(port)])
    let (code, error) = second.end()
    #expect(code == 1)
    #expect(error == "Error: cannot listen on 127.0.0.1:\(port): another program listens on it\n")
    first.process.terminate()
    #expect(first.end().code == 0)
  }

  @Test(arguments: [
    (["--host", "0.0.0.0"], 64, "loopback"), (["--enabled", "magic"], 64, "account_deletion"),
    (["--edition", "gold"], 64, "pro_plus"), (["--users", "-1"], 64, "--users"),
    (["--fault", "drop:7"], 64, "drop-before"), (["--fault", "omit-after:x"], 64, "read/7"),
    (["--fault-odds", "2"], 64, "0 to 1"), (["--reregister", "a"], 64, "user_0000001@7"),
    (["--tags-per-user", "3-1"], 64, "up to 100, or two: 1-23"),
    (["--tags-per-user", "3", "--tags", "a"], 64, "exclude each other"),
    (["--key-file", "/nowhere/key"], 1, "/nowhere/key"),
    (["--users-file", "/nowhere/users"], 1, "/nowhere/users"),
    (["--log", "/nowhere/log"], 1, "/nowhere/log"), (["--port-file", "-"], 64, "--port-file"),
    (["--key-file", "-"], 64, "--key-file"), (["--users-file", "-"], 64, "--users-file"),
    (["--log", "/tmp/x", "--port-file", "/tmp/x"], 64, "must not be the same file"),
    (["--log", "/dev/fd/9"], 1, "not open for writing"), (["--port-file", "/tmp"], 1, "/tmp"),
  ])
  func `what cannot work is refused at the start`(
    arguments: [String], code: Int32, word: String
  ) throws {
    let (status, error) = try Launched(["--port", "0"] + arguments).end()
    #expect(status == code)
    #expect(error.contains(word))
  }

  @Test(arguments: ["--log", "--port-file"])
  func `outputs lead to no other file`(flag: String) throws {
    try withFolder { folder in
      func path(_ name: String) -> String { folder.appending(path: name).path }
      let files = FileManager.default
      try files.createDirectory(atPath: path(".git"), withIntermediateDirectories: true)
      for name in [".git/config", "tool", "users", "target"] {
        try "as it was\n".write(toFile: path(name), atomically: false, encoding: .utf8)
      }
      try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path("tool"))
      try files.createSymbolicLink(atPath: path("link"), withDestinationPath: "target")
      try files.createSymbolicLink(atPath: path("away"), withDestinationPath: ".git")
      try files.linkItem(atPath: path("users"), toPath: path("twin"))
      for (name, words) in [
        ("link", "is a link"), (".git/config", "a git folder"), (".git/new", "a git folder"),
        ("away/new", "a git folder"),
        ("tool", "is executable"), ("users", "the sandbox reads"), ("twin", "the sandbox reads"),
      ] {
        let (code, error) = try Launched([
          "--port", "0", "--users-file", path("users"), flag, path(name),
        ]).end()
        #expect(code == 1, "\(name)")
        #expect(error.contains(words), "\(name): \(error)")
      }
      for name in [".git/config", "tool", "users", "target"] {
        #expect(try String(contentsOfFile: path(name), encoding: .utf8) == "as it was\n")
      }
      #expect(!files.fileExists(atPath: path(".git/new")))
    }
  }

  @Test func `the port goes to standard output if that is where it is wanted`() throws {
    let sandbox = try Launched(["--port", "0", "--port-file", "/dev/stdout"])
    let lines = sandbox.lines(3)
    let port = lines.first?.firstMatch(of: /:(\d+) \(/).map { String($0.1) }
    #expect(port != nil && lines.last == port)
    sandbox.process.terminate()
    #expect(sandbox.end().code == 0)
  }
}
