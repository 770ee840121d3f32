import Testing

@testable import PruneCore

/// Files of allowed signers are read strictly.
@Suite struct AllowedSignersTests {
  private func read(_ text: String) -> Result<AllowedSigners, AllowedSigners.Problem> {
    Result { () throws(AllowedSigners.Problem) in try AllowedSigners(Array(text.utf8)) }
  }

  @Test func `keys are counted, whatever stands around them`() throws {
    let text = """
      # J\u{FC}rgen's and Anna's keys
      anna@example.com ssh-ed25519 AAAAC3a a comment with "quotes"

      \tbo@example.com,bo namespaces="imprune-plan,git" valid-before="20270101" ssh-rsa AAAAB3b\r
      "cy smith" sk-ssh-ed25519@openssh.com AAAAGnc
      """
    let signers = try read(text).get()
    #expect(signers.keys == 3 && !signers.hasAuthority)
    #expect(try read("*@x Cert-Authority,namespaces=\"a\" ssh-rsa AAAAB").get().hasAuthority)
  }

  @Test(
    arguments: [
      ("", .empty), ("# a\n \n\r\n", .empty),
      ("\u{FEFF}anna ssh-rsa AAAA", .unprintable(line: 1)),
      ("\u{FEFF}# a\nanna ssh-rsa AAAA", .unprintable(line: 1)),
      ("bo ssh-rsa AAAAb\nan\u{200B}na ssh-rsa AAAAc", .unprintable(line: 2)),
      ("\u{430}nna ssh-rsa AAAA", .unprintable(line: 1)),
      ("a\0nna ssh-rsa AAAA", .unprintable(line: 1)), ("anna ssh-rsa", .malformed(line: 1)),
      ("AAAAB3", .malformed(line: 1)), ("\n\"anna ssh-rsa AAAA", .malformed(line: 2)),
      ("\"anna \" ssh-rsa AAAA", .name(line: 1)), ("\" anna\" ssh-rsa AAAA", .name(line: 1)),
      ("anna,,bo ssh-rsa AAAA", .name(line: 1)), ("\"anna, bo\" ssh-rsa AAAA", .name(line: 1)),
      ("a\"n\"na ssh-rsa AAAA", .name(line: 1)), ("\"\" ssh-rsa AAAA", .name(line: 1)),
      ("anna ssh-rsa AAAAb\n#\nbo ssh-rsa AAAAb", .sameKey(line: 3, first: 1)),
      ("anna namespaces=\"git\" ssh-rsa AAAAb\nanna ssh-rsa AAAAb", .sameKey(line: 2, first: 1)),
    ] as [(String, AllowedSigners.Problem)])
  func `what could make one person look like two is refused`(
    text: String, problem: AllowedSigners.Problem
  ) {
    #expect(read(text) == .failure(problem))
  }
}
