import Foundation
import TestSupport
import Testing

@testable import PruneCore
@testable import PruneEngine

/// Signatures against allowed signers, with the system's ssh-keygen.
@Suite struct SignatureCheckTests {
  let place: TemporaryWorkspace
  let keys: SSHKeys
  let now = Timestamp(seconds: 1_800_000_000)

  init() throws {
    place = try TemporaryWorkspace()
    keys = try SSHKeys(in: place.path("keys"))
    for name in ["anna", "bo"] { try keys.make(name) }
  }

  /// A plan that needs signatures by people of these signers.
  private func plan(_ signers: String, count: Int = 1) throws -> Plan {
    let text = """
      version: 1
      app: {sdk_app_id: 1400000000, region: singapore, edition: trial}
      users: [{id: a, account: absent}]

      """
    let manifest = try #require(readManifest(text).manifest)
    var policy = Policy()
    policy.requirement = .init(signatures: count, signers: "signers")
    func file(_ name: String, _ text: String) -> RuleFile {
      RuleFile(path: "/etc/" + name, sha256: "", bytes: Array(text.utf8))
    }
    let member = Policies.Member(
      policy, file("policy.yaml", ""), signers: file("signers", signers))
    return try PlanPipeline(manifest, policies: Policies([member]))
      .plan(.init(header: state(of: manifest)), StateCursor(nil))
  }

  private func state(of manifest: Manifest) -> StateHeader {
    StateHeader(app: manifest.app.id, service: .live, lineage: Lineage(1), serial: 3)
  }

  private func statement(_ plan: Plan) throws -> Statement {
    Statement(
      app: plan.manifest.app.id, state: state(of: plan.manifest), token: ApprovalToken(plan),
      expires: Timestamp(seconds: now.seconds + 60))
  }

  private func signature(
    _ plan: Plan, by key: String, namespace: String = "imprune-plan"
  ) throws -> NamedSignature {
    let statement = try statement(plan)
    let armor = try keys.armor(of: statement.text, by: key, namespace: namespace)
    return NamedSignature(
      name: key + ".sig", file: try SignatureFile(statement, armor: Array(armor.utf8)))
  }

  /// Who approves a plan with signatures by these keys.
  private func approvers(
    _ signers: String, by names: [String], count: Int = 1, namespace: String = "imprune-plan"
  ) throws -> [Approver] {
    let plan = try plan(signers, count: count)
    let signatures = try names.map { try signature(plan, by: $0, namespace: namespace) }
    return try SignatureCheck.signers(
      signatures, of: ApprovalToken(plan), for: plan, at: now)
  }

  private var anna: String { get throws { try keys.publicKey("anna") } }
  private var bo: String { get throws { try keys.publicKey("bo") } }

  @Test func `the names and the key of each signer are found`() throws {
    let signers = try "anna@example.com \(anna)\n# a comment\n\n\"Bo Li,bo\" \(bo)\n"
    let found = try approvers(signers, by: ["anna", "bo"], count: 2)
    #expect(found.map(\.principals) == [["anna@example.com"], ["Bo Li", "bo"]])
    #expect(found.map(\.file) == ["anna.sig", "bo.sig"])
    let fingerprint = try keys.keygen(["-l", "-f", "anna.pub"]).split(separator: " ")[1]
    #expect(found[0].key == fingerprint)
    #expect(found[0].expires.seconds == now.seconds + 60)
  }

  @Test(arguments: ["rsa", "ecdsa"])
  func `keys of other types sign too`(type: String) throws {
    let key = try keys.make("other", type: type)
    #expect(try approvers("cy \(key)\n", by: ["other"]).map(\.principals) == [["cy"]])
  }

  @Test func `options of the allowed signers are kept`() throws {
    for option in [
      "namespaces=\"imprune-plan\"", "namespaces=\"git,imprune-plan\"",
      "valid-after=\"20200101\",valid-before=\"21000101\"",
    ] {
      #expect(try approvers("anna \(option) \(anna)\n", by: ["anna"]).count == 1)
    }
  }

  /// Allowed signers with which a signature by anna is good for nobody, and what is said.
  static let refused: [(signers: String, words: String)] = [
    ("bo BO", "not made by an allowed signer"), ("", "not made by an allowed signer"),
    ("anna namespaces=\"git\" ANNA", "not permitted for use in signature namespace"),
    ("anna valid-before=\"20200101\" ANNA", "has expired"),
    ("anna valid-after=\"21000101\" ANNA", "not yet valid"),
    ("anna unheard-of=\"1\" ANNA", "unknown key option"),
    ("* ANNA", "gives to the pattern *"), ("*@example.com ANNA", "gives to the pattern *@"),
    ("anna,!bo ANNA", "gives to the pattern !bo"), ("ann? ANNA", "gives to the pattern ann?"),
    ("anna cert-authority ANNA", "not made by an allowed signer"),
    // ssh-keygen takes the name in the first line with the key.
    ("anna namespaces=\"git\" ANNA\nbo ANNA", "not permitted"),
  ]

  @Test(arguments: refused)
  func `a key that is not allowed approves nothing`(signers: String, words: String) throws {
    let text =
      try signers.replacing(" ANNA", with: " " + anna).replacing(" BO", with: " " + bo) + "\n"
    do {
      _ = try approvers(text, by: ["anna"])
      Issue.record("it is allowed")
    } catch let failure as SignatureCheck.Failure {
      guard case .bad(let file, let fault) = failure else { throw failure }
      #expect(file == "anna.sig")
      let said = fault.words.replacing("give to", with: "gives to")
      #expect(said.contains(words), "\(said)")
      #expect(!said.contains("/tmp"), "\(said)")
    }
  }

  @Test func `a certificate counts as its key, for the names in it that are allowed`() throws {
    let authority = try keys.make("ca")
    try keys.keygen([
      "-q", "-s", "ca", "-I", "1", "-n", "anna@example.com", "-V", "+1d", "anna.pub",
    ])
    let plan = try plan("*@example.com cert-authority \(authority)\nanna2 \(anna)\n", count: 2)
    let byKey = try signature(plan, by: "anna")
    let byCertificate = try signature(plan, by: "anna-cert.pub")
    let found = try SignatureCheck.signers(
      [byCertificate], of: ApprovalToken(plan),
      for: self.plan(
        "*@example.com cert-authority \(authority)\n"), at: now)
    #expect(found.map(\.principals) == [["anna@example.com"]])
    // Two names, but one key.
    #expect {
      try SignatureCheck.signers(
        [byKey, byCertificate], of: ApprovalToken(plan), for: plan, at: now)
    } throws: { error in
      guard case SignatureCheck.Failure.tooFew(_, people: 1, required: 2, _) = error else {
        return false
      }
      return true
    }
  }

  @Test func `a signature for another purpose approves nothing`() throws {
    #expect {
      try approvers("anna \(anna)\n", by: ["anna"], namespace: "git")
    } throws: { error in
      guard case SignatureCheck.Failure.bad(_, .bad(let words)) = error else { return false }
      return words.contains("namespace")
    }
  }

  @Test func `a statement that was changed after the signature approves nothing`() throws {
    let plan = try plan("anna \(anna)\n")
    let signed = try signature(plan, by: "anna")
    let later = Statement(
      app: plan.manifest.app.id, state: state(of: plan.manifest), token: ApprovalToken(plan),
      expires: Timestamp(seconds: now.seconds + 61))
    let changed = NamedSignature(
      name: "f", file: try SignatureFile(later, armor: signed.file.armor))
    #expect {
      try SignatureCheck.signers([changed], of: ApprovalToken(plan), for: plan, at: now)
    } throws: { error in
      guard case SignatureCheck.Failure.bad("f", .bad) = error else { return false }
      return true
    }
  }

  @Test func `one bad signature spoils the good ones`() throws {
    let signers = try "anna \(anna)\n"
    #expect(throws: SignatureCheck.Failure.self) {
      try approvers(signers, by: ["anna", "bo"])
    }
    #expect(try approvers(signers, by: ["anna"]).count == 1)
  }
}
