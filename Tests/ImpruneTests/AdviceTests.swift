import Foundation
import TestSupport
import Testing

/// Advice fits the case: imprune does not suggest what was done already.
@Suite struct AdviceTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  private func precheck(
    _ service: FakeService, environment: [String: String] = [:]
  ) throws -> ProcessResult {
    try place.write(
      "imprune.yaml",
      manifestText(port: service.port, users: "  - {id: user_0000001, account: absent}"))
    return try place.imprune("precheck", environment: environment)
  }

  // MARK: - An expired signature

  /// The service's clock, seconds away from this machine's, as in a response header.
  private static func date(_ seconds: Double) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return "Date: " + format.string(from: Date(timeIntervalSinceNow: seconds))
  }

  private static let expired = #"{"ActionStatus":"FAIL","ErrorCode":70001,"ErrorInfo":"expired"}"#

  struct Clock: Sendable, CustomTestStringConvertible {
    /// By how many seconds the service's clock is ahead; nil for no date header.
    var ahead: Double?
    var words: String

    var testDescription: String { words }
  }

  @Test(arguments: [
    Clock(
      ahead: 7505, words: "This machine's clock is 2 h 05 min behind the clock of the service."),
    Clock(ahead: -7505, words: "clock is 2 h 05 min ahead of the clock of the service."),
    Clock(ahead: 1, words: "This machine's clock is not the cause: it is within "),
    Clock(ahead: nil, words: "Check this machine's clock."),
  ])
  func `an expired new signature is reported as a clock error if the clock is wrong`(
    clock: Clock
  ) throws {
    let head = clock.ahead.map { [Self.date($0)] } ?? []
    let service = try FakeService { _ in .headed(head, Self.expired) }
    let result = try precheck(service)
    #expect(result.code == 1)
    #expect(result.error.contains("70001 (expired)"), "\(result.text)")
    #expect(result.error.contains(clock.words), "\(result.text)")
    #expect(!result.error.contains("the app's secret key"))
    // Once with each of two signatures.
    #expect(service.paths.count == 2)
  }

  @Test func `imprune advises replacing an expired signature from the environment`() throws {
    let service = try FakeService { _ in .headed([Self.date(0)], Self.expired) }
    let result = try precheck(
      service, environment: ["IMPRUNE_SECRET_KEY": "", "IMPRUNE_USERSIG": Signatures.expired])
    #expect(result.code == 1)
    #expect(result.error.contains("Make a new one, or give imprune the app's secret key instead."))
    #expect(service.paths.count == 1)
  }

  // MARK: - Other servers

  @Test(arguments: [
    ["Content-Type: text/html; charset=utf-8"], ["content-type:TEXT/HTML"],
  ])
  func `a web page is recognized by its content type and by its body`(head: [String]) throws {
    let service = try FakeService { _ in .headed(head, "please sign in") }
    let result = try precheck(service)
    #expect(result.code == 1)
    #expect(
      result.error.contains(
        "a web page came back instead of an API response (HTTP status 200)."))
    #expect(result.error.contains("any proxy or login page"))
  }

  @Test func `a server error is not reported as an unreachable host`() throws {
    let service = try FakeService { _ in .status(502) }
    let result = try precheck(service)
    #expect(result.code == 1)
    #expect(result.error.contains("every attempt got HTTP status 502"))
    #expect(!result.error.contains("cannot reach the service"))
    #expect(service.paths.count == 5)
  }

  // MARK: - Credentials

  @Test(arguments: [
    ("key\r\n", "CR LF"), ("\u{FEFF}key", "byte order mark"), ("'key'", "quotes"),
    (" key", "spaces around it"), ("IMPRUNE_SECRET_KEY=key", "an assignment"), ("", "it is empty"),
    ("one\ntwo", "several lines"),
  ])
  func `imprune names what surrounds a key in its file, but not the key`(
    text: String, words: String
  ) throws {
    try place.write("app.key", text)
    let service = try FakeService { _ in .cut }
    let result = try precheck(service, environment: ["IMPRUNE_SECRET_KEY_FILE": "app.key"])
    #expect(result.code == 1)
    #expect(result.error.contains("names does not contain a usable key: "))
    #expect(result.error.contains(words))
    #expect(service.paths == [])
    if !text.isEmpty {
      let variable = try precheck(
        service, environment: ["IMPRUNE_SECRET_KEY": "", "IMPRUNE_USERSIG": text])
      #expect(variable.error.contains(words))
    }
  }

  @Test func `a world-readable key file is used, with a warning`() throws {
    let sandbox = try Sandbox(["--users", "1"])
    try place.write("app.key", Sandbox.key + "\n")
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {id: user_0000001, account: absent}"))
    for (mode, isWarned) in [(0o644, true), (0o600, false)] {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: place.path("app.key"))
      let result = try place.imprune(
        "precheck", environment: ["IMPRUNE_SECRET_KEY_FILE": "app.key"])
      #expect(result.code == 0)
      #expect(result.error.contains("Warning: ") == isWarned)
      #expect(result.error.contains("chmod 600") == isWarned)
    }
  }

  @Test func `an empty secret and an unset secret have different messages`() throws {
    let service = try FakeService { _ in .cut }
    let empty = try precheck(service, environment: ["IMPRUNE_SECRET_KEY": ""])
    #expect(empty.error.contains("imprune found no credentials."))
    #expect(empty.error.contains("IMPRUNE_SECRET_KEY is set, but empty."))
    place.environment = [:]
    let none = try precheck(service)
    #expect(none.error.contains("imprune found no credentials."))
    #expect(!none.error.contains("but empty"))
  }

  // MARK: - Hosts

  @Test(
    arguments: [
      (nil, "https://a.example", "set the environment variable: IMPRUNE_ALLOW_HOST=a.example"),
      (
        nil, "https://a.example:8443",
        "set the environment variable: IMPRUNE_ALLOW_HOST=a.example:8443"
      ),
      (
        "b.example", "https://a.example:8443",
        "does not list this host. If the host is right, add to it: a.example:8443"
      ),
      ("a.example", "https://a.example:8443", "allows this host only at port 443."),
      ("a.example", "https://a.example:8443", "add to it: a.example:8443"),
      ("a.example:8443", "https://a.example", "allows this host only at port 8443."),
      (
        nil, "https://adminapisgp.im.qcloud.com:8443",
        "IMPRUNE_ALLOW_HOST=adminapisgp.im.qcloud.com:8443"
      ),
    ] as [(String?, String, String)])
  func `an incomplete list of allowed hosts has a message that says what is missing`(
    allowed: String?, endpoint: String, words: String
  ) throws {
    try place.write(
      "imprune.yaml",
      manifestText(users: "  - {id: a, account: absent}")
        .replacing("http://127.0.0.1:9", with: endpoint))
    let result = try place.imprune(
      "precheck", environment: allowed.map { ["IMPRUNE_ALLOW_HOST": $0] } ?? [:])
    #expect(result.code == 1)
    #expect(result.error.contains("is not a documented address"))
    #expect(result.error.contains(words), "\(result.text)")
  }
}
