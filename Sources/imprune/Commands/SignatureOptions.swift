import ArgumentParser
import PruneCore
import PruneEngine

/// The most signatures that a command takes.
private let mostSignatures = 10

/// Throws if files of signatures have no usable names, or if there are too many.
func requireSignatures(_ paths: [String]) throws {
  for path in paths { try requireFile(path, "a signature") }
  if paths.count > mostSignatures {
    throw ValidationError("--signature can be given at most \(mostSignatures) times.")
  }
}

extension Console {
  /// Reads signatures; throws if there are some and no policy requires any, or if one is no
  /// signature.
  func readSignatures(
    _ paths: [String], _ policies: Policies
  ) throws(ExitCode) -> [NamedSignature] {
    if !paths.isEmpty, policies.requiring.isEmpty {
      throw fail(
        "no policy requires signatures",
        "imprune checks a signature against the signers of a policy, but no policy "
          + (policies.members.isEmpty ? "" : "with `require` ")
          + "was given. Name the policy with --policy or \(PolicyFiles.variable), or leave out --signature. "
          + "Nothing was sent.")
    }
    var signatures: [NamedSignature] = []
    for path in paths {
      signatures.append(
        try attempt(SignatureFiles.read(path)) { (failure: SignatureFiles.Failure) -> ExitCode in
          switch failure {
          case .system(let error):
            fail("a signature cannot be read", "\(error). Check --signature. Nothing was sent.")
          case .wrong(let fault): fail(SignatureCheck.Failure.bad(file: path, fault))
          }
        })
    }
    return signatures
  }

  /// Prints why signatures do not approve a plan.
  func fail(_ failure: SignatureCheck.Failure) -> ExitCode {
    switch failure {
    case .system(let error):
      return fail("signatures cannot be checked", "\(error). Nothing was sent.")
    case .missingTool(let error):
      return fail(
        "ssh-keygen cannot be run",
        "\(error). Install OpenSSH 8.2 or newer (Debian: openssh-client). Nothing was sent.")
    case .oldTool:
      return fail(
        "ssh-keygen is too old",
        "It cannot find out who made a signature. Install OpenSSH 8.2 or newer. Nothing was sent.")
    case .brokenTool(let words):
      return fail(
        "ssh-keygen failed", "Its message: \(printable(words)). Nothing was sent.")
    case .bad(let file, let fault):
      return fail(
        "a signature approves nothing",
        "\(file) \(fault.words). Leave the file out, or replace it with a signature for this plan. "
          + "Nothing was sent.", status: .approvalMissing)
    case .tooFew(let found, let people, let required, let policy):
      note(SignatureView.text(found, error))
      let same =
        people < found.count ? " Signatures with one key, or of one person, count once." : ""
      return fail(
        "too few people have signed",
        "The policy \(policy) requires \(counted(required, "signature")) by different people with "
          + "different keys, and there \(people == 1 ? "is" : "are") \(people).\(same) Nothing was "
          + "sent.", status: .approvalMissing)
    }
  }
}

/// Signers as text.
enum SignatureView {
  /// A line for each: `Signed by anna@example.com until 2026-11-22T03:40:12Z (SHA256:..., a.sig).`
  static func text(_ signers: [Approver], _ style: Style) -> String {
    signers.map { signer in
      let names = signer.principals.map(printable).joined(separator: ", ")
      return style.wrapped(
        "Signed by \(names) until \(signer.expires) (\(signer.key), \(printable(signer.file))).")
        + "\n"
    }.joined()
  }
}
