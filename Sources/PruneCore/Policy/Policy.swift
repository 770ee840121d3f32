internal import Bytes

/// Rules from outside the repository, for whoever owns the machine that applies. A pull request
/// cannot change them (docs/plans-and-approval.md, "A policy").
package struct Policy: Equatable, Sendable {
  /// The only apps that may be touched; nil for any.
  package var apps: Set<SDKAppID>?
  package var maxRemovals: Int?
  package var maxClears: Int?
  package var protected: [ProtectedPattern] = []
  package var forbidden: Set<Practice> = []
  package var requirement: Requirement?

  package init() {}

  /// What a policy may forbid.
  package enum Practice: String, CaseIterable, Sendable {
    /// Applying a plan that was approved neither by its token nor by a person.
    case autoApprove = "auto_approve"
    /// Sending a user again whose call had no usable answer.
    case resend
    /// A manifest with `endpoint` instead of `region`.
    case endpoint
  }

  /// Whose signatures an apply needs.
  package struct Requirement: Equatable, Sendable {
    /// How many, by different people with different keys: 1 to 10.
    package var signatures: Int
    /// The path of the file of allowed signers, relative to the policy's.
    package var signers: String

    package init(signatures: Int, signers: String) {
      self.signatures = signatures
      self.signers = signers
    }
  }

  /// Whether it has no rule at all.
  var isEmpty: Bool { self == Policy() }
}

/// A file that decides about a run, read once.
package struct RuleFile: Equatable, Sendable {
  /// With all links resolved.
  package let path: String
  /// As it is named on the command line or in a policy.
  package let named: String
  package let sha256: String
  package let bytes: [UInt8]
  /// Whether it lies in the git work tree of the manifest, where a pull request can change it.
  package internal(set) var isInWorkTree = false

  /// Without its folder, as plans show it.
  package var name: String {
    path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) }
      ?? path
  }

  package init(path: String, named: String? = nil, sha256: String, bytes: [UInt8]) {
    self.path = path
    self.named = named ?? path
    self.sha256 = sha256
    self.bytes = bytes
  }
}
