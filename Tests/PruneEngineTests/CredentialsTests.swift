import Foundation
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

@Suite struct CredentialsTests {
  let place: Workplace

  init() throws {
    place = try Workplace()
  }

  /// What was found, with its text laid open.
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

  @Test func `the key file comes before the key, and the key before the signature`() throws {
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

  @Test func `a key file that cannot be used never falls back to another credential`() throws {
    let variables = [
      "IMPRUNE_SECRET_KEY_FILE": place.path("none"), "IMPRUNE_SECRET_KEY": "from-variable",
    ]
    #expect(throws: CredentialsError.self) { try find(variables) }
  }

  @Test(arguments: ["key", "key\n", "key\r\n", "key \t\n\n"])
  func `line ends and blanks after a key are cut`(text: String) throws {
    #expect(try readKey(Array(text.utf8)) == "key key")
    #expect(try find(["IMPRUNE_SECRET_KEY": text]) == "key key")
  }

  @Test(arguments: ["", "\n", "  \r\n", "one\ntwo\n", "one\rtwo"])
  func `what is not one line is no key`(text: String) throws {
    #expect(throws: CredentialsError.notAKey("The file that IMPRUNE_SECRET_KEY_FILE names")) {
      try readKey(Array(text.utf8))
    }
    if text.isEmpty { return }
    #expect(throws: CredentialsError.notAKey("IMPRUNE_SECRET_KEY")) {
      try find(["IMPRUNE_SECRET_KEY": text])
    }
  }

  @Test func `a file too long for a key is none`() throws {
    #expect(try readKey(Array(repeating: 0x61, count: 4096)).count == 4100)
    #expect(throws: CredentialsError.notAKey("The file that IMPRUNE_SECRET_KEY_FILE names")) {
      try readKey(Array(repeating: 0x61, count: 4097))
    }
  }

  @Test func `a key file that cannot be read is told with the system's words`() throws {
    try place.link("loop.key", to: "loop.key")
    for (name, words) in [
      ("none.key", "No such file or directory"), ("loop.key", "Too many levels of symbolic links"),
    ] {
      let error = #expect(throws: CredentialsError.self) {
        try find(["IMPRUNE_SECRET_KEY_FILE": place.path(name)])
      }
      // The path is the key itself if the two variables were mixed up.
      #expect(error?.explanation.contains(place.path(name)) == false)
      #expect(error?.explanation.contains(words) == true)
    }
  }

  @Test func `a folder, a FIFO and a device are no key files, and none makes it wait`() throws {
    try place.makeFolder("folder")
    try place.makeFIFO("fifo")
    for path in [place.path("folder"), place.path("fifo"), "/dev/zero"] {
      let error = #expect(throws: CredentialsError.self) {
        try find(["IMPRUNE_SECRET_KEY_FILE": path])
      }
      #expect(error?.explanation.contains("names cannot be read") == true)
    }
  }

  @Test(arguments: [" ", "two words", "a&b=c", "quoted\"", "a%20b", "é"])
  func `what is not of a signature's alphabet is none`(text: String) throws {
    #expect(throws: CredentialsError.notASignature) { try find(["IMPRUNE_USERSIG": text]) }
  }

  @Test func `only a key can sign anew`() {
    #expect(Credentials.key(Secret("k")).canSign)
    #expect(!Credentials.signature(Secret("s")).canSign)
  }

  // MARK: - Secret

  private struct Holder {
    var secret = Secret("open sesame")
    var credentials = Credentials.key(Secret("open sesame"))
  }

  @Test func `a secret never shows, however it is printed`() {
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
