import TestSupport
import Testing

@testable import PruneCore

/// The statement that a person signs, and the file of a signature.
@Suite struct StatementTests {
  private static let text = """
    imprune-approval 1
    app 1400000000
    lineage 5f0c2a9be1d34788
    serial 12
    token 4r-2c-b88ee7853deb0a393bafb07e6c59b936
    expires 2026-11-22T03:40:12Z

    """
  private static let armor = """
    -----BEGIN SSH SIGNATURE-----
    U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgTGr96tX3gZONhPHmHGqtMlexHu
    tBgXEdZEb9tAzKNEOevsy06tsdGgZlrAc=
    -----END SSH SIGNATURE-----

    """

  private func bytes(_ text: String = text, _ armor: String = armor) -> [UInt8] {
    Array((text + armor).utf8)
  }

  @Test func `a file is read and written byte for byte`() throws {
    let file = try SignatureFile(bytes())
    #expect(file.bytes == bytes())
    #expect(file.statement.text == Self.text)
    #expect(file.statement.app.number == 1_400_000_000)
    #expect(file.statement.lineage.description == "5f0c2a9be1d34788")
    #expect(file.statement.serial == 12)
    #expect(file.statement.token.description == "4r-2c-b88ee7853deb0a393bafb07e6c59b936")
    #expect(file.statement.expires.description == "2026-11-22T03:40:12Z")
  }

  /// What is replaced in a good statement, and by what.
  static let changes: [(String, String)] = [
    ("approval 1", "approval 2"), ("imprune-approval", "imprune-approvals"),
    ("app 1400000000", "app 0"), ("app 1400000000", "app +7"), ("app 1400000000", "app 07"),
    ("app 1400000000", "app 4294967296"), ("app 1400000000", "app  7"), ("app 14", "App 14"),
    ("5f0c2a9be1d34788", "5F0C2A9BE1D34788"), ("5f0c2a9be1d34788", "5f0c2a9be1d3478"),
    ("5f0c2a9be1d34788", "none"), ("serial 12", "serial 012"), ("serial 12", "serial -1"),
    ("serial 12\n", ""), ("5f0c2a9be1d34788", ""), ("4r-2c-", "4r-02c-"),
    ("4r-2c-", "4R-2c-"), ("b936\n", "b936 \n"), ("b936\n", "b9360\n"), ("b936\n", "b936\r\n"),
    ("03:40:12Z", "03:40:12"), ("03:40:12Z", "03:40:12+00:00"), ("2026-11-22", "2026-02-30"),
    ("imprune", "\u{FEFF}imprune"), ("imprune", "\nimprune"), ("12Z\n", "12Z\n\n"),
    ("12Z\n", "12Z"), ("12Z\n", "12Z\nnote a\n"), ("app 1400000000\n", ""),
    ("app 1400000000\n", "app 1400000000\napp 1400000000\n"),
  ]

  @Test(arguments: changes)
  func `a statement in any other form is refused`(old: String, new: String) throws {
    let text = Self.text.replacing(old, with: new)
    try #require(text != Self.text)
    #expect(Statement(text) == nil)
    #expect(throws: SignatureFault.self) { try SignatureFile(bytes(text)) }
  }

  static let armors = [
    "", "-----BEGIN SSH SIGNATURE-----\n", armor.replacing("BEGIN SSH", with: "BEGIN PGP"),
    armor.replacing("END SSH", with: "END  SSH"), armor + "\n", armor + "x", armor + armor,
    armor.replacing("\n", with: "\r\n"), armor.replacing("U1NI", with: "U1N!"),
    armor.replacing("Hu\n", with: "Hu\n\n"), String(armor.dropLast()),
    "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
    armor.replacing("U1NI", with: String(repeating: "A", count: 77)),
    armor.replacing("U1NI", with: "U1NI\0"),
  ]

  @Test(arguments: armors)
  func `a file without exactly one signature is refused`(armor: String) {
    #expect(throws: SignatureFault.notArmored) { try SignatureFile(bytes(Self.text, armor)) }
  }

  @Test func `an empty and a huge file are refused`() {
    #expect(throws: SignatureFault.empty) { try SignatureFile([]) }
    let huge = [UInt8](repeating: 65, count: SignatureFile.maxBytes + 1)
    #expect(throws: SignatureFault.tooLarge) { try SignatureFile(huge) }
    #expect(throws: SignatureFault.notAStatement) { try SignatureFile(bytes("")) }
  }

  // MARK: - Judging

  @Test func `a statement approves one plan of one app and state, for a time`() throws {
    let statement = try SignatureFile(bytes()).statement
    let (app, lineage, token) = (statement.app, statement.lineage, statement.token)
    func state(_ lineage: Lineage, _ serial: UInt64 = 12) -> StateHeader {
      StateHeader(app: app, service: .live, lineage: lineage, serial: serial)
    }
    let end = statement.expires.seconds
    func fault(
      app: SDKAppID? = nil, state other: StateHeader?? = nil, token other2: ApprovalToken? = nil,
      continues: Bool = false, before seconds: UInt32 = 3600
    ) -> SignatureFault? {
      statement.fault(
        app: app ?? statement.app, state: other ?? state(lineage), token: other2 ?? token,
        continues: continues, at: Timestamp(seconds: end - seconds))
    }
    #expect(fault() == nil)
    #expect(fault(app: SDKAppID(7)) == .otherApp(app))
    let other = Lineage(7)
    #expect(fault(state: state(other)) == .otherState(signed: lineage, now: other))
    #expect(fault(state: .some(nil)) == .otherState(signed: lineage, now: nil))
    // A later state only continues the plan; an earlier one is another.
    #expect(fault(state: state(lineage, 13)) == .otherSerial(signed: 12, now: 13))
    #expect(fault(state: state(lineage, 13), continues: true) == nil)
    #expect(
      fault(state: state(lineage, 11), continues: true) == .otherSerial(signed: 12, now: 11))
    let text = token.description.replacing("4r", with: "5r")
    #expect(fault(token: ApprovalToken(text)) == .otherToken(token))
    #expect(fault(before: 1) == nil)
    #expect(fault(before: 0) == .expired(statement.expires))
    let longest = UInt32(Statement.longest)
    #expect(fault(before: longest) == nil)
    #expect(fault(before: longest + 1) == .validTooLong(statement.expires))
    #expect(
      statement.fault(
        app: app, state: state(lineage), token: token, continues: true,
        at: Timestamp(seconds: end + 9))
        == .expired(statement.expires))
  }

  // MARK: - Counting

  private func approver(_ key: String, _ principals: String...) -> Approver {
    Approver(
      principals: principals, key: "SHA256:" + key, expires: Timestamp(seconds: 0), file: "f")
  }

  @Test func `distinct people with distinct keys are counted`() {
    let anna = approver("1", "anna")
    #expect(Approver.people([]) == 0)
    #expect(Approver.people([anna]) == 1)
    #expect(Approver.people([anna, approver("2", "bo")]) == 2)
    // One signature twice; one key under two names; two keys of one person, in any case.
    #expect(Approver.people([anna, anna]) == 1)
    #expect(Approver.people([anna, approver("1", "bo")]) == 1)
    #expect(Approver.people([anna, approver("2", "anna")]) == 1)
    #expect(Approver.people([anna, approver("2", "Anna")]) == 1)
    // A key that two people share may be either.
    #expect(Approver.people([anna, approver("2", "bo"), approver("3", "anna", "bo")]) == 1)
    #expect(Approver.people([anna, approver("2", "bo"), approver("3", "cy", "bo")]) == 2)
    // A name that looks like a key is none.
    #expect(Approver.people([anna, approver("2", "SHA256:1")]) == 2)
  }

  @Test func `a pattern names no one person`() {
    #expect(Approver.pattern(among: ["anna", "bo"]) == nil)
    for pattern in ["*", "*@example.com", "ann?", "!bo"] {
      #expect(Approver.pattern(among: ["anna", pattern]) == pattern)
    }
  }
}
