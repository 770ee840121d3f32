/// A policy that judged a plan, as plans show it.
package struct PolicyRow: Equatable, Sendable {
  package let file: NamedFile
  /// How many signatures an apply needs, and the file of their allowed signers.
  package let signatures: Signatures?

  package struct Signatures: Equatable, Sendable {
    package let count: Int
    package let signers: NamedFile
  }

  /// A file's name without its folder, and its SHA-256 as hex digits.
  package struct NamedFile: Equatable, Sendable {
    package let name: String
    package let sha256: String
  }

  /// Which files decide, a sentence each: `Policy prod.yaml, sha256 3f2a...`. `show` makes a name safe
  /// to show.
  package func words(_ show: (String) -> String) -> [String] {
    var lines = ["Policy \(show(file.name)), sha256 \(file.sha256)."]
    if let signatures {
      lines.append(
        "Apply needs \(counted(signatures.count, "signature")); signers "
          + "\(show(signatures.signers.name)), sha256 \(signatures.signers.sha256).")
    }
    return lines
  }
}

extension Policies {
  package var rows: [PolicyRow] {
    members.map { member in
      var signatures: PolicyRow.Signatures?
      if let requirement = member.policy.requirement, let signers = member.signers {
        signatures = .init(count: requirement.signatures, signers: .init(signers))
      }
      return PolicyRow(file: .init(member.file), signatures: signatures)
    }
  }
}

extension PolicyRow.NamedFile {
  init(_ file: RuleFile) { self.init(name: file.name, sha256: file.sha256) }
}
