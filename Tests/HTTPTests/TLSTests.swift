import Glibc
import HTTP
import TestSupport
import Testing

struct TLSTests {
  @Test func `a certificate is trusted if its authority is configured`() throws {
    let server = try TLSServer(name: "IP:127.0.0.1")
    let options = TransferOptions.test.with { $0.caFile = server.certificate }
    #expect(try answer(to: .get(server.url), options).status == 200)
  }

  @Test func `a certificate of an unknown authority is not trusted`() throws {
    let server = try TLSServer(name: "IP:127.0.0.1")
    let failure = try failure(of: .post(server.url, body: [1]))
    #expect(failure.kind == .untrusted)
    #expect(!failure.requestMayHaveBeenSent)
  }

  @Test func `a certificate for another host is not trusted`() throws {
    let server = try TLSServer(name: "DNS:example.com")
    let options = TransferOptions.test.with { $0.caFile = server.certificate }
    let failure = try failure(of: .post(server.url, body: [1]), options)
    #expect(failure.kind == .untrusted)
    #expect(!failure.requestMayHaveBeenSent)
  }

  @Test func `a server that does not speak TLS is not trusted`() throws {
    let server = try TestServer { connection in
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      connection.waitForClose()
    }
    let request = Request.post("https://127.0.0.1:\(server.port)/", body: [1])
    let failure = try failure(of: request)
    #expect(failure.kind == .untrusted)
    #expect(!failure.requestMayHaveBeenSent)
  }

  @Test func `a missing CA file is an error, not a reason to trust`() throws {
    let server = try TLSServer(name: "IP:127.0.0.1")
    let options = TransferOptions.test.with { $0.caFile = server.certificate + ".missing" }
    let failure = try failure(of: .post(server.url, body: [1]), options)
    #expect(failure.kind == .untrusted)
    #expect(!failure.requestMayHaveBeenSent)
  }
}

/// `openssl s_server` with its own self-signed certificate.
private final class TLSServer {
  let certificate: String
  let url: String
  private let folder: String
  private let server: Command

  /// Starts a server with a certificate for `name`, such as `IP:127.0.0.1`.
  init(name: String) throws {
    var template = Array("/tmp/imprune-tests-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SocketError() }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    (certificate, url, server) = try TLSServer.start(in: folder, name: name)
  }

  deinit {
    server.stop()
    for file in ["cert.pem", "key.pem"] { unsafe unlink("\(folder)/\(file)") }
    unsafe rmdir(folder)
  }

  private static func start(
    in folder: String, name: String
  ) throws -> (certificate: String, url: String, server: Command) {
    let (certificate, key) = ("\(folder)/cert.pem", "\(folder)/key.pem")
    let maker = try Command([
      "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
      "-subj", "/CN=imprune-tests", "-addext", "subjectAltName=\(name)",
      "-keyout", key, "-out", certificate,
    ])
    while maker.readLine() != nil {}
    maker.stop()
    let server = try Command([
      "openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key,
    ])
    // It prints "ACCEPT 127.0.0.1:PORT" once it listens.
    while let line = server.readLine() {
      guard line.hasPrefix("ACCEPT "), let port = line.split(separator: ":").last else { continue }
      return (certificate, "https://127.0.0.1:\(port)/", server)
    }
    throw SocketError()
  }
}

/// A command whose output, including standard error, can be read line by line.
private final class Command {
  private var process = pid_t()
  private let output: CInt

  init(_ words: [String]) throws {
    var ends: [CInt] = [-1, -1]
    // No other process may inherit the pipe, or the output would not end with this one.
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SocketError() }
    output = ends[0]
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { _ = unsafe arguments.map { unsafe free($0) } }
    let code = unsafe posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
    close(ends[1])
    guard code == 0 else { throw SocketError() }
  }

  /// The next line without its line break; nil at the end.
  func readLine() -> String? {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while unsafe read(output, &byte, 1) == 1 {
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      line.append(byte)
    }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }

  /// Ends the process, if it is running, and waits for it.
  func stop() {
    close(output)
    // It inherits our signal mask, which may block gentler signals.
    kill(process, SIGKILL)
    var status: CInt = 0
    unsafe waitpid(process, &status, 0)
  }
}
