import Testing

@testable import PruneCore

/// Files of allowed signers are read strictly.
@Suite struct AllowedSignersTests {
  private func read(_ text: String) -> Result<AllowedSigners, AllowedSigners.Problem> {
    Result { () throws(AllowedSigners.Problem) in try AllowedSigners(Array(text.utf8)) }
  }

  @Test func `keys are counted, whatever stands around them`() throws {
    let text = """
       # bo ssh-rsa X
      # J\u{FC}rgen's and Anna's keys
      anna@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5YWFhYQ== a comment with "quotes"

      \tbo@example.com,bo namespaces="imprune-plan,git",valid-before="20270101" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==\r
      "cy smith" sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tYw==
      """
    let signers = try read(text).get()
    #expect(signers.keys == 3 && !signers.hasAuthority)
    #expect(
      try read("*@x Cert-Authority,namespaces=\"a\" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==").get()
        .hasAuthority)
  }

  @Test(
    arguments: [
      ("", .empty), ("# a\n \n\r\n", .empty),
      ("\u{FEFF}anna ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .unprintable(line: 1)),
      ("\u{FEFF}# a\nanna ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .unprintable(line: 1)),
      (
        "bo ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==\nan\u{200B}na ssh-rsa AAAAB3NzaC1yc2FjY2NjYw==",
        .unprintable(line: 2)
      ),
      ("\u{430}nna ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .unprintable(line: 1)),
      ("a\0nna ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .unprintable(line: 1)),
      ("anna ssh-rsa", .malformed(line: 1)),
      ("AAAAB3", .malformed(line: 1)), ("anna ssh-rsa AAAAnonsense", .malformed(line: 1)),
      ("anna ssh-ed25519 AAAAB3NzaC1yc2FiYmJiYg==", .malformed(line: 1)),
      ("anna a b ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .malformed(line: 1)),
      (
        "anna namespaces=\"x\\\" AAAAB3NzaC1yc2FjY2NjYw== \\\"\" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==",
        .malformed(line: 1)
      ), ("\n\"anna ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .malformed(line: 2)),
      ("\"anna \" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .name(line: 1)),
      ("\" anna\" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .name(line: 1)),
      ("anna,,bo ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .name(line: 1)),
      ("\"anna, bo\" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .name(line: 1)),
      ("a\"n\"na ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .name(line: 1)),
      ("\"\" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==", .name(line: 1)),
      (
        "anna ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==\n#\nbo ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==",
        .sameKey(line: 3, first: 1)
      ),
      (
        "anna namespaces=\"git\" ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==\nanna ssh-rsa AAAAB3NzaC1yc2FiYmJiYg==",
        .sameKey(line: 2, first: 1)
      ),
    ] as [(String, AllowedSigners.Problem)])
  func `what could make one person look like two is refused`(
    text: String, problem: AllowedSigners.Problem
  ) {
    #expect(read(text) == .failure(problem))
  }
}
