import Foundation
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

@Suite struct CredentialsTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
  }

  /// The credential found, with its text revealed.
  private func find(_ variables: [String: String]) throws(CredentialsError) -> String {
    switch try Credentials.find({ variables[$0] }) {
    case .key(let key): "key " + key.reveal()
    case .signature(let signature): "signature " + signature.reveal()
    }
  }

  private func readKey(_ bytes: [UInt8]) throws -> String {
    try place.write("app.key", bytes)
    return try find(["IMPRUNE_SECRET_KEY_FILE": place.path("app.key")])
  }

  @Test func `the key file precedes the key, and the key precedes the signature`() throws {
    try place.write("app.key", "from-file")
    var variables = [
      "IMPRUNE_SECRET_KEY_FILE": place.path("app.key"), "IMPRUNE_SECRET_KEY": "from-variable",
      "IMPRUNE_USERSIG": "eJw-made_elsewhere*",
    ]
    #expect(try find(variables) == "key from-file")
    variables["IMPRUNE_SECRET_KEY_FILE"] = nil
    #expect(try find(variables) == "key from-variable")
    variables["IMPRUNE_SECRET_KEY"] = nil
    #expect(try find(variables) == "signature eJw-made_elsewhere*")
    variables["IMPRUNE_USERSIG"] = nil
    #expect(throws: CredentialsError.missing) { try find(variables) }
  }

  @Test func `an unusable key file never falls back to another credential`() throws {
    let variables = [
      "IMPRUNE_SECRET_KEY_FILE": place.path("none"), "IMPRUNE_SECRET_KEY": "from-variable",
    ]
    #expect(throws: CredentialsError.self) { try find(variables) }
  }

  @Test(arguments: ["key", "key\n", "key\n\n"])
  func `line breaks after a key are not part of it`(text: String) throws {
    #expect(try readKey(Array(text.utf8)) == "key key")
    #expect(try find(["IMPRUNE_SECRET_KEY": text]) == "key key")
    #expect(try find(["IMPRUNE_USERSIG": text]) == "signature key")
  }

  @Test(arguments: ["k=", "a==", "5bd2850fff3e", "k-e_y.*!", "4=4", "=x"])
  func `any single word of printable characters is a key`(text: String) throws {
    #expect(try readKey(Array(text.utf8)) == "key " + text)
  }

  private static let file = "The file that IMPRUNE_SECRET_KEY_FILE names"

  private static let mistakes: [(String, SecretProblem)] = [
    ("", .empty), ("\n", .empty), ("  \r\n", .empty), ("\t", .empty),
    ("\u{FEFF}key\n", .byteOrderMark), ("\u{FEFF}", .byteOrderMark),
    ("key\r\n", .carriageReturn), ("key\r", .carriageReturn), ("key \r\n", .carriageReturn),
    ("one\ntwo\n", .severalLines), ("one\rtwo", .severalLines), ("\nkey", .severalLines),
    ("one\r\ntwo\r\n", .severalLines), ("key\n \n", .severalLines),
    ("\"key\"\n", .quotes), ("'key'", .quotes), ("`key`", .quotes), ("key'", .quotes),
    ("\u{201C}key\u{201D}", .quotes), ("\u{201E}key\u{201C}", .quotes), ("\"KEY=key\"", .quotes),
    ("IMPRUNE_SECRET_KEY='key'", .quotes),
    ("KEY=key", .assignment), ("IMPRUNE_SECRET_KEY=key", .assignment),
    ("export KEY=key", .assignment), ("KEY = key", .assignment),
    ("KEY=\"a b\" ", .blanksAround), (" key", .blanksAround), ("key \n", .blanksAround),
    ("key\t", .blanksAround), ("two words", .blankInside), ("Secret: key", .blankInside),
    ("kéy", .unusual), ("k\u{200B}ey", .unusual), ("key\u{7F}", .unusual), ("k\u{A0}ey", .unusual),
  ]

  @Test(arguments: mistakes)
  func `characters around a key are named`(
    text: String, problem: SecretProblem
  ) throws {
    let file = #expect(throws: CredentialsError.notAKey(Self.file, problem)) {
      try readKey(Array(text.utf8))
    }
    #expect(file?.explanation.contains("does not contain a usable key: \(problem.words). ") == true)
    if text.isEmpty { return }
    let key = #expect(throws: CredentialsError.notAKey("IMPRUNE_SECRET_KEY", problem)) {
      try find(["IMPRUNE_SECRET_KEY": text])
    }
    let signature = #expect(throws: CredentialsError.notASignature(problem)) {
      try find(["IMPRUNE_USERSIG": text])
    }
    for error in [file, key, signature] {
      let words = error?.explanation ?? ""
      for part in ["key\u{201D}", "'key'", "=key", "two words"] { #expect(!words.contains(part)) }
    }
  }

  @Test func `a key file in UTF-16 has its own message`() throws {
    for bytes: [UInt8] in [[0xFF, 0xFE, 0x6B, 0], [0xFE, 0xFF, 0, 0x6B]] {
      #expect(throws: CredentialsError.notAKey(Self.file, .utf16)) { try readKey(bytes) }
    }
  }

  @Test func `a file that is too long is not a key`() throws {
    let longest = [UInt8](repeating: 0x61, count: 4096)
    #expect(try readKey(longest).count == 4100)
    #expect(try readKey(longest + [0x0A]).count == 4100)
    for more: [UInt8] in [[0x61], [0x0A, 0x61], [0x0A, 0x0A]] {
      #expect(throws: CredentialsError.notAKey(Self.file, .tooLong)) { try readKey(longest + more) }
    }
  }

  @Test(arguments: [(0o600, false), (0o640, false), (0o644, true), (0o604, true)])
  func `a world-readable key file is used with a warning`(
    mode: Int, warns: Bool
  ) throws {
    try place.write("app.key", "key")
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: place.path("app.key"))
    var warnings: [String] = []
    let variables = ["IMPRUNE_SECRET_KEY_FILE": place.path("app.key")]
    _ = try Credentials.find({ variables[$0] }, warn: { warnings.append($0) })
    #expect(warnings.count == (warns ? 1 : 0))
    #expect(warnings.allSatisfy { $0.contains("chmod 600") && !$0.contains(place.folder) })
  }

  @Test func `the value to mask in logs is the key, even an unusable one`() {
    func hidden(_ variables: [String: String]) -> String? {
      Credentials.keyValue { variables[$0] }
    }
    #expect(hidden(["IMPRUNE_SECRET_KEY": "key\n"]) == "key")
    #expect(hidden(["IMPRUNE_SECRET_KEY": "'key' \r\n"]) == "'key'")
    #expect(hidden(["IMPRUNE_SECRET_KEY": "one\ntwo"]) == nil)
    #expect(hidden(["IMPRUNE_SECRET_KEY": "\n"]) == nil)
    #expect(hidden(["IMPRUNE_SECRET_KEY": "key", "IMPRUNE_SECRET_KEY_FILE": "f"]) == nil)
    #expect(hidden([:]) == nil)
  }

  @Test func `an unreadable key file is reported with the system's message`() throws {
    try place.link("loop.key", to: "loop.key")
    for (name, words) in [
      ("none.key", "No such file or directory"), ("loop.key", "Too many levels of symbolic links"),
    ] {
      let error = #expect(throws: CredentialsError.self) {
        try find(["IMPRUNE_SECRET_KEY_FILE": place.path(name)])
      }
      // The path is the key itself if the two variables were swapped.
      #expect(error?.explanation.contains(place.path(name)) == false)
      #expect(error?.explanation.contains(words) == true)
    }
  }

  @Test func `a folder, a FIFO and a device are not key files and do not block`() throws {
    try place.makeFolder("folder")
    try place.makeFIFO("fifo")
    for (path, kind) in [
      (place.path("folder"), FileKind.folder), (place.path("fifo"), .fifo), ("/dev/zero", .device),
    ] {
      let error = #expect(throws: CredentialsError.notAFile(kind)) {
        try find(["IMPRUNE_SECRET_KEY_FILE": path])
      }
      #expect(error?.explanation.contains("names: it is \(kind.words).") == true)
    }
  }

  @Test(arguments: ["a&b", "a%20b", "a+b", "a/b="])
  func `text outside a signature's alphabet is not a signature`(text: String) throws {
    #expect(throws: CredentialsError.notASignature(nil)) { try find(["IMPRUNE_USERSIG": text]) }
  }

  @Test func `only a key can renew a signature`() {
    #expect(Credentials.key(Secret("k")).canSign)
    #expect(!Credentials.signature(Secret("s")).canSign)
  }

  // MARK: - Secret

  private struct Holder {
    var secret = Secret("open sesame")
    var credentials = Credentials.key(Secret("open sesame"))
  }

  @Test func `a secret is never printed`() {
    let secret = Secret("open sesame")
    let holder = Holder()
    var dumped = ""
    dump(secret, to: &dumped)
    dump(holder, to: &dumped)
    dump([secret], to: &dumped)
    dump(holder.credentials, to: &dumped)
    let texts = [
      secret.description, secret.debugDescription, String(reflecting: secret), "\(secret)",
      String(describing: Optional(secret)), "\([secret])", "\(["k": secret])", "\(holder)",
      String(reflecting: holder), "\(holder.credentials)", String(reflecting: holder.credentials),
      "\(Mirror(reflecting: secret).children.map { "\($0)" })", dumped,
    ]
    for text in texts { #expect(!text.contains("sesame")) }
    #expect(secret.description == "<redacted>")
    #expect(String(reflecting: secret) == "<redacted>")
    #expect(dumped.contains("<redacted>"))
    #expect(Mirror(reflecting: secret).children.isEmpty)
  }
}
