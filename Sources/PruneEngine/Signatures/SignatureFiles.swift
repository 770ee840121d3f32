package import PruneCore

/// Makes and reads files of signatures.
package enum SignatureFiles {
  /// Why a file is not used.
  package enum Failure: Error, Equatable, Sendable {
    case system(SystemError)
    case wrong(SignatureFault)
  }

  /// Reads a regular file.
  package static func read(_ path: String) throws(Failure) -> NamedSignature {
    let bytes = try attempt(
      File.open(path, for: .reading).requireRegular().bytes(atMost: SignatureFile.maxBytes + 1),
      orThrow: Failure.system)
    return NamedSignature(
      name: path, file: try attempt(SignatureFile(bytes), orThrow: Failure.wrong))
  }

  /// Why no signature was made.
  package enum Unsigned: Error, Equatable, Sendable {
    case tool(SignatureCheck.Failure)
    /// The words of ssh-keygen.
    case refused(String)
  }

  /// Lets ssh-keygen sign a statement with a key: a private key, or a public key whose private key
  /// is in an agent or in hardware.
  package static func sign(
    _ statement: Statement, key: String
  ) throws(Unsigned) -> SignatureFile {
    let keygen = SSHKeygen.signing
    func failure(_ failure: SSHKeygen.Failure) -> Unsigned {
      .tool(SignatureCheck.failure(failure))
    }
    try attempt(keygen.requireSupport(), orThrow: failure)
    let ending = try attempt(
      keygen.run(
        ["-Y", "sign", "-n", SSHKeygen.namespace, "-f", key], input: Array(statement.text.utf8)),
      orThrow: failure)
    guard ending.isGood else { throw .refused(ending.words) }
    return try attempt(SignatureFile(statement, armor: ending.output)) { (fault: SignatureFault) in
      Unsigned.refused("its output \(fault.words)")
    }
  }

  /// Writes a file of a signature.
  package static func save(_ file: SignatureFile, to place: OutputPlace) throws(SystemError) {
    try OutputFile.save(file.bytes, to: place)
  }
}
