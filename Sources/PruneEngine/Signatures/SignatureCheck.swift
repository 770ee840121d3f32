package import PruneCore

/// Checks signatures of a plan against the allowed signers of policies.
package enum SignatureCheck {
  /// Why a plan is not approved by signatures.
  package enum Failure: Error, Equatable, Sendable {
    case system(SystemError)
    /// ssh-keygen cannot be run.
    case missingTool(SystemError)
    /// ssh-keygen is older than OpenSSH 8.2.
    case oldTool
    /// ssh-keygen does not work; its words.
    case brokenTool(String)
    /// A given signature approves nothing: every one that is given must be good.
    case bad(file: String, SignatureFault)
    /// Fewer people have signed than a policy requires.
    case tooFew(found: [Approver], people: Int, required: Int, policy: String)
  }

  /// Checks that these signatures approve the plan with a token; every policy that requires
  /// signatures must be content. Returns who signed.
  package static func signers(
    _ signatures: [NamedSignature], of token: ApprovalToken, for plan: Plan, at now: Timestamp
  ) throws(Failure) -> [Approver] {
    let requiring = plan.policies.requiring
    if requiring.isEmpty { return [] }
    let continues = plan.continuedToken() == token
    for signature in signatures {
      let fault = signature.file.statement.fault(
        app: plan.manifest.app.id, state: plan.state, token: token, continues: continues, at: now)
      if let fault { throw .bad(file: signature.name, fault) }
    }
    try attempt(SSHKeygen.checking.requireSupport(), orThrow: failure)
    var all: [Approver] = []
    for (requirement, member) in requiring {
      let signers = try Signers(member.signers)
      var found: [Approver] = []
      for signature in signatures { found.append(try signers.signer(of: signature)) }
      let people = Approver.people(found)
      guard people >= requirement.signatures else {
        throw .tooFew(
          found: found, people: people, required: requirement.signatures, policy: member.file.name)
      }
      all = found
    }
    return all
  }

  static func failure(_ failure: SSHKeygen.Failure) -> Failure {
    switch failure {
    case .system(let error): .missingTool(error)
    case .tooOld: .oldTool
    case .broken(let words): .brokenTool(words)
    }
  }
}

/// The allowed signers, as a private copy that stays as it was read.
private struct Signers {
  private let folder: PrivateFolder
  private let path: String
  private let name: String
  /// More names than any key has.
  private static let maxPrincipals = 100

  init(_ file: RuleFile?) throws(SignatureCheck.Failure) {
    name = file?.name ?? ""
    do throws(SystemError) {
      folder = try PrivateFolder()
      path = try folder.write(file?.bytes ?? [], as: "allowed_signers")
    } catch {
      throw .system(error)
    }
  }

  /// Who made a signature.
  func signer(of signature: NamedSignature) throws(SignatureCheck.Failure) -> Approver {
    func bad(_ fault: SignatureFault) -> SignatureCheck.Failure {
      .bad(file: signature.name, fault)
    }
    let own = try attempt(PrivateFolder(), orThrow: SignatureCheck.Failure.system)
    let armor = try attempt(
      own.write(signature.file.armor, as: "signature"), orThrow: SignatureCheck.Failure.system)
    let found = try run(["-Y", "find-principals", "-s", armor, "-f", path])
    // One on each line: a name may contain blanks.
    let principals = found.lines
    guard found.isGood, !principals.isEmpty, principals.count <= Self.maxPrincipals else {
      throw bad(.unknownSigner(found.words.replacing(path, with: name)))
    }
    if let pattern = Approver.pattern(among: principals) { throw bad(.pattern(pattern)) }
    var keys: Set<String> = []
    for principal in principals {
      let verdict = try run(
        ["-Y", "verify", "-f", path, "-I", principal, "-n", SSHKeygen.namespace, "-s", armor],
        input: Array(signature.file.statement.text.utf8))
      guard verdict.isGood, let key = Self.key(in: verdict.lines, of: principal) else {
        throw bad(.bad(verdict.words.replacing(path, with: name)))
      }
      keys.insert(key)
    }
    guard let key = keys.first, keys.count == 1 else { throw bad(.bad("it names several keys")) }
    return Approver(
      principals: principals, key: key, expires: signature.file.statement.expires,
      file: signature.name)
  }

  private func run(
    _ words: [String], input: [UInt8] = []
  ) throws(SignatureCheck.Failure) -> SSHKeygen.Ending {
    try attempt(
      SSHKeygen.checking.run(words, input: input), orThrow: SignatureCheck.failure)
  }

  /// The fingerprint in `Good "imprune-plan" signature for NAME with ED25519 key SHA256:...`; nil if
  /// the output is anything else.
  private static func key(in lines: [String], of principal: String) -> String? {
    let start = "Good \"\(SSHKeygen.namespace)\" signature for \(principal) with "
    guard lines.count == 1, lines[0].hasPrefix(start) else { return nil }
    let words = lines[0].dropFirst(start.count).split(separator: " ")
    guard words.count == 3, words[1] == "key", words[2].hasPrefix("SHA256:"),
      words[2].count > "SHA256:".count + 20
    else { return nil }
    return String(words[2])
  }
}
