internal import Bytes
internal import PruneCore

/// The rules for the readers of a policy and of a signature.
enum PolicyChecks {
  static func checkPolicy(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let small = chunkSize(for: bytes)
    let (policy, reading) = ManifestReader.readPolicy(ByteSource(bytes), name: "p")
    let (again, other) = ManifestReader.readPolicy(
      ByteSource(bytes, chunkSize: small), name: "p")
    try require(
      policy == again && reading.diagnostics == other.diagnostics,
      "read otherwise in chunks of \(small)")
    try require((policy == nil) == reading.diagnostics.hasErrors, "errors and a policy")
    for problem in reading.diagnostics.kept { try requirePrintable(problem.detail, "a detail") }
    guard let policy else { return false }
    try require(policy != Policy(), "a policy without a rule")
    if let apps = policy.apps { try require(!apps.isEmpty, "a policy that allows no app") }
    if let requirement = policy.requirement {
      try require(
        (1...10).contains(requirement.signatures) && !requirement.signers.isEmpty,
        "a requirement that cannot be met")
    }
    return true
  }

  static func checkSignature(_ bytes: [UInt8]) throws(Finding) -> Bool {
    switch outcome({ () throws(SignatureFault) in try SignatureFile(bytes) }) {
    case .success(let file):
      try require(file.bytes == bytes, "written again otherwise than it was read")
      return true
    case .failure(let fault):
      try requirePrintable(fault.words, "a fault")
      return false
    }
  }
}
