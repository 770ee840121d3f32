/// What the console of the app would show.
struct ServiceSettings {
  /// The SDKAppID.
  var app = 1_400_000_000
  /// The identifiers that may call.
  var admins: Set<UserID> = []
  /// The secret that UserSigs are made with, as its text's bytes.
  var key: [UInt8] = []
  var edition = Edition.trial
  /// What has been switched on.
  var enabled: Set<Feature> = []
  var denialLevel = DenialLevel.top
  /// The most calls of one endpoint in any second; 0 for no limit.
  var rate = 100
  /// Who else makes calls that count towards the limits.
  var others = OtherClients()
  /// How it answers where the documents are silent.
  var facts = Facts()

  /// Whether account_delete works at all (docs/service.md, "Editions").
  var allowsDeletion: Bool {
    if let deletion = facts.deletion { return deletion == .allowed }
    return edition == .trial || edition == .developer || enabled.contains(.accountDeletion)
  }

  /// Whether the calls of a family of tag calls work at all.
  func allowsTags(_ family: TagFamily) -> Bool {
    facts.tags(family).calls.map { $0 == .allowed } ?? enabled.contains(.tagPush)
  }

  /// Where 71000 shows.
  var denial: (place: DenialPlace, order: DenialOrder) {
    (
      facts.denialLevel ?? (denialLevel == .top ? .call : .item),
      facts.denialOrder ?? (denialLevel == .existing ? .lookupFirst : .editionFirst)
    )
  }
}

/// The plan that the app is on.
enum Edition: String, CaseIterable {
  case trial
  case developer
  case standard
  case pro
  case proPlus = "pro_plus"
  case ultimate
  case enterprise
}

/// A right that is off until someone switches it on.
enum Feature: String, CaseIterable {
  case accountDeletion = "account_deletion"
  case tagPush = "tag_push"
}
