import Bytes
import PruneCore
import TestSupport
import Testing

/// Reading a policy: as strict as a manifest, with the same messages.
@Suite struct PolicyReaderTests {
  private func read(_ text: String) -> (policy: Policy?, reading: ManifestReading) {
    ManifestReader.readPolicy(ByteSource(Array(text.utf8), chunkSize: 3), name: "policy.yaml")
  }

  @Test func `every key is read`() throws {
    let text = """
      version: 1
      apps: [1400000000, 7]
      max_removals: 50
      max_clears: 0
      protected: [ceo, "svc_*"]
      forbid: [auto_approve, resend, endpoint]
      require: {signatures: 2, signers: allowed_signers}
      """
    let policy = try #require(read(text).policy)
    #expect(policy.apps == [try #require(SDKAppID(1_400_000_000)), try #require(SDKAppID(7))])
    #expect(policy.maxRemovals == 50 && policy.maxClears == 0)
    #expect(policy.protected.map(\.text) == ["ceo", "svc_*"])
    #expect(policy.forbidden == [.autoApprove, .resend, .endpoint])
    #expect(policy.requirement == .init(signatures: 2, signers: "allowed_signers"))
  }

  @Test func `a key that is left out has no rule`() throws {
    let policy = try #require(read("version: 1\nmax_clears: 3\n").policy)
    #expect(policy.apps == nil && policy.maxRemovals == nil && policy.requirement == nil)
    #expect(policy.maxClears == 3 && policy.protected == [] && policy.forbidden == [])
  }

  /// Each text, and the error that it has.
  static let wrong: [(text: String, summary: String)] = [
    ("", "Empty policy"), ("# nothing\n", "Empty policy"), ("~\n", "Wrong type"),
    ("---\n", "Empty policy"), ("[]\n", "Wrong type"), ("text\n", "Wrong type"),
    ("version: 1\n", "Policy without a rule"),
    ("version: 1\nprotected: []\nforbid: []\n", "Policy without a rule"),
    ("max_clears: 1\n", "Missing key"), ("version: 2\nmax_clears: 1\n", "Unsupported version"),
    ("version: 1\nmax_removal: 1\n", "Unknown key"), ("version: 1\nguards: {}\n", "Unknown key"),
    ("version: 1\nmax_clears: 1\nmax_clears: 1\n", "Duplicate key"),
    ("version: 1\napps: []\n", "Empty list"), ("version: 1\napps: [0]\n", "Invalid value"),
    ("version: 1\napps: [4294967296]\n", "Invalid value"),
    ("version: 1\napps: 1400000000\n", "Wrong type"),
    ("version: 1\napps: ['1400000000']\n", "Invalid value"),
    ("version: 1\nmax_removals: -1\n", "Invalid value"),
    ("version: 1\nmax_removals: 1e3\n", "Invalid value"),
    ("version: 1\nmax_removals:\n", "Invalid value"),
    ("version: 1\nmax_clears: [1]\n", "Wrong type"),
    ("version: 1\nforbid: [auto-approve]\n", "Invalid value"),
    ("version: 1\nforbid: resend\n", "Wrong type"),
    ("version: 1\nprotected: [\"a, b\"]\n", "Unclear protected entry"),
    ("version: 1\nprotected: [yes]\n", "Ambiguous id"),
    ("version: 1\nprotected: [\"bot?\"]\n", "Unclear protected entry"),
    ("version: 1\nrequire: {signatures: 0, signers: f}\n", "Invalid value"),
    ("version: 1\nrequire: {signatures: 11, signers: f}\n", "Invalid value"),
    ("version: 1\nrequire: {signatures: 2}\n", "Missing key"),
    ("version: 1\nrequire: {signers: f}\n", "Missing key"),
    ("version: 1\nrequire: {signatures: 2, signers: ''}\n", "Missing value"),
    ("version: 1\nrequire: {signatures: 2, signers: f, keys: 2}\n", "Unknown key"),
    ("version: 1\nrequire: 2\n", "Wrong type"),
    ("version: 1\nmax_clears: &a 1\nmax_removals: *a\n", "Alias not supported"),
    ("version: 1\nmax_clears: !!int 1\n", "Tag not supported"),
    ("version: 1\nmax_clears: 1\n---\nversion: 1\n", "More than one document"),
    ("version: 1\n<<<<<<< ours\nmax_clears: 1\n=======\n>>>>>>> theirs\n", "Unresolved merge"),
    ("version: 1\nmax_clears: [\n", "Invalid YAML"),
  ]

  @Test(arguments: wrong)
  func `a mistake is an error, and there is no policy`(text: String, summary: String) {
    let (policy, reading) = read(text)
    #expect(policy == nil)
    #expect(reading.diagnostics.hasErrors)
    #expect(
      reading.diagnostics.kept.contains { $0.summary == summary },
      "\(text): \(reading.diagnostics.kept)")
    #expect(reading.files == ["policy.yaml"])
  }

  @Test func `a policy in UTF-16 is refused with its reason`() {
    let text: [UInt8] = [0xFF, 0xFE] + "version: 1\n".utf8.flatMap { [$0, UInt8(0)] }
    let (policy, reading) = ManifestReader.readPolicy(ByteSource(text), name: "p")
    #expect(policy == nil)
    #expect(reading.diagnostics.kept.first?.detail.contains("UTF-16") == true)
  }

  @Test func `a policy protects at most as many ids as a manifest`() {
    func text(_ count: Int) -> String {
      "version: 1\nprotected:\n" + (1...count).map { "  - id_\($0)\n" }.joined()
    }
    #expect(read(text(10_000)).policy?.protected.count == 10_000)
    #expect(read(text(10_001)).policy == nil)
  }

  // MARK: - The schema

  private func isAccepted(bySchema text: String) throws -> Bool {
    let schema = try JSONSchema(Array(PolicySchema.text.utf8))
    return try schema.problems(in: JSONValue(yaml: Array(text.utf8))).isEmpty
  }

  private static let values = [
    "0", "1", "10", "11", "-1", "01", "1.0", "1e3", "true", "yes", "~", "", "''", "'1'", "x",
    "4294967295", "4294967296", "1000000000", "1000000001", "[]", "[x]", "[1]", "['1']", "{}",
    "[auto_approve]", "[resend, endpoint]", "[resend, resend]", "[other]", "[[]]", "[~]",
    "{signatures: 1, signers: f}", "{signatures: 10, signers: 7}", "{signatures: 1}",
    "{signatures: '1', signers: f}", "{signers: f}", "{signatures: 1, signers: []}",
    "{signatures: 1, signers: f, x: 1}", "{signatures: 0, signers: f}",
    "{signatures: 11, signers: f}", "{signatures: 1, signers: true}",
  ]

  @Test(arguments: [
    "apps", "max_removals", "max_clears", "protected", "forbid", "require", "signers", "Apps",
  ])
  func `reader and schema agree on every kind of value`(key: String) throws {
    for value in Self.values {
      let text = "version: 1\nmax_clears_: 1\n".replacing(
        "max_clears_: 1", with: "\(key): \(value)")
      let isRead = read(text).policy != nil
      // These rules are only in the reader: a rule must be there, numbers and ids are spelt plainly.
      let onlyInReader = ["[]", "01", "1.0", "1e3", "[true]"].contains(value)
      if isRead { #expect(try isAccepted(bySchema: text), "\(text)") }
      if !isRead, !onlyInReader { #expect(try !isAccepted(bySchema: text), "\(text)") }
    }
  }

  @Test(arguments: ["version: 2\n", "max_clears: 1\n", "[]", "7", "~", "version: 1\nApps: [1]\n"])
  func `reader and schema refuse what is not a policy`(text: String) throws {
    #expect(read(text).policy == nil)
    #expect(try !isAccepted(bySchema: text))
  }
}
