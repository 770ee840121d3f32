/// Why a policy refuses a whole plan; each has the policy's name.
package enum PolicyRefusal: Equatable, Sendable {
  /// The policy has a list of apps, without this one.
  case app(SDKAppID, policy: String)
  /// The policy forbids a manifest with an address instead of a region.
  case endpoint(String, policy: String)
  /// More users than the policy allows.
  case cap(Operation, planned: Int, limit: Int, policy: String)

  /// The same in all versions.
  package var code: String {
    switch self {
    case .app: "policy-apps"
    case .endpoint: "policy-endpoint"
    case .cap(.removeAccount, _, _, _): "policy-max-removals"
    case .cap(.clearTags, _, _, _): "policy-max-clears"
    }
  }

  /// What is wrong, and who can change it. `show` makes a policy's name safe to show.
  package func words(_ show: (String) -> String = { $0 }) -> String {
    switch self {
    case .app(let id, let policy):
      "the policy \(show(policy)) does not list app \(id) in `apps`, so imprune must not change its users. "
        + "Check app.sdk_app_id in the manifest, or ask the owner of the policy to add the app."
    case .endpoint(_, let policy):
      "the policy \(show(policy)) forbids `endpoint`. Write app.region in the manifest instead."
    case .cap(let operation, let planned, let limit, let policy):
      "the plan would \(GuardWords.word(operation)) \(counted(planned, "user")), but the policy "
        + "\(show(policy)) allows \(limit). Split the change, or ask the owner of the policy to raise "
        + "\(operation == .removeAccount ? "max_removals" : "max_clears"). The manifest cannot "
        + "raise it."
    }
  }
}

extension Policies {
  /// A warning for each file that a pull request could change. `show` makes its name safe to show.
  package func remarks(_ show: (String) -> String = { $0 }) -> [Plan.Remark] {
    members.flatMap(\.files).filter(\.isInWorkTree).map { file in
      Plan.Remark(
        code: "policy-in-work-tree",
        message:
          "\(show(file.name)) is in the manifest's git work tree, so a pull request can change "
          + "it. Keep policies and their signers outside the repository.")
    }
  }
}
