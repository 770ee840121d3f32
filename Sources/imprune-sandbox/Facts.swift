/// How the service answers where the documents are silent (docs/service.md, "Unknown").
///
/// The first case of each type is what imprune assumes, and what the sandbox does unless `--facts`
/// says otherwise.
struct Facts: Equatable {
  var deletion: Availability?
  var denialLevel: DenialPlace?
  var denialOrder: DenialOrder?
  var allFailed = AllFailed.ok
  var invalidID = InvalidID.callRefused
  var duplicateID = DuplicateID.each
  var checkAfterRemoval = CheckAfterRemoval.atOnce
  /// How long account_check still reports a removed account, in nanoseconds; nil for what is usual
  /// for `checkAfterRemoval`.
  var staleness: UInt64?
  var allMemberPush = TagFacts()
  var timpush = TagFacts(clearUnknown: .listed, readUnknown: .listed)
  var sharedTags = SharedTags.shared
  var limitUnit = LimitUnit.calls
  var limitScope = LimitScope.endpoint
  var limitRefused = LimitRefused.counted
  var storedDeflate = StoredDeflate.accepted
  var keepAlive = KeepAlive.kept
  var date = DateHeader.present
  var httpVersion = HTTPVersion.http11

  /// Those of one family of tag calls.
  func tags(_ family: TagFamily) -> TagFacts {
    family == .allMemberPush ? allMemberPush : timpush
  }

  /// For how many nanoseconds account_check reports an account that is gone.
  var staleTime: UInt64 { staleness ?? checkAfterRemoval.usualTime }
}

/// The two families of tag calls (docs/service.md, "Tags").
enum TagFamily {
  case allMemberPush
  case timpush
}

/// How a family of tag calls answers.
struct TagFacts: Equatable {
  /// Nil: `tag_push` of `--enabled` decides.
  var calls: Availability?
  var clearUnknown = UnknownInClear.callRefused
  var readUnknown = UnknownInRead.callRefused
  var clearUntagged = UntaggedInClear.ok
  var readUntagged = UntaggedInRead.empty
}

/// Whether the app may make a call at all.
enum Availability: String, CaseIterable {
  case allowed
  case refused
}

/// Where 71000 stands.
enum DenialPlace: String, CaseIterable {
  case call
  case item
}

/// Whether 71000 also meets users without an account.
enum DenialOrder: String, CaseIterable {
  case editionFirst = "edition_first"
  case lookupFirst = "lookup_first"
}

/// The code of an account_delete of which every item fails.
enum AllFailed: String, CaseIterable {
  case ok
  case codeAndItems = "code_and_items"
  case codeOnly = "code_only"
}

/// An id of 33 bytes among others.
enum InvalidID: String, CaseIterable {
  case callRefused = "call_refused"
  case itemRefused = "item_refused"
}

/// An id twice in one account_delete.
enum DuplicateID: String, CaseIterable {
  case each
  case eachOK = "each_ok"
  case once
  case callRefused = "call_refused"
}

/// How long account_check reports a removed account.
enum CheckAfterRemoval: String, CaseIterable {
  case atOnce = "at_once"
  case within10s = "within_10_s"
  case longer

  /// What a file may say that it took. The time is that of the answer, which may take its time.
  var milliseconds: ClosedRange<Int> {
    switch self {
    case .atOnce: 0...0
    case .within10s: 0...20_000
    case .longer: 10_000...3_600_000
    }
  }

  /// In nanoseconds.
  fileprivate var usualTime: UInt64 {
    switch self {
    case .atOnce: 0
    case .within10s: 2_000_000_000
    case .longer: 60_000_000_000
    }
  }
}

/// An unknown user among those whose tags are cleared.
enum UnknownInClear: String, CaseIterable {
  case callRefused = "call_refused"
  case refusedButCleared = "refused_but_cleared"
  case ignored
  case listed
}

/// An unknown user among those whose tags are read.
enum UnknownInRead: String, CaseIterable {
  case callRefused = "call_refused"
  case leftOut = "left_out"
  case empty
  case listed
}

/// A user without tags in a clear.
enum UntaggedInClear: String, CaseIterable {
  case ok
  case callRefused = "call_refused"
  case listed
}

/// A user without tags in a reading.
enum UntaggedInRead: String, CaseIterable {
  case empty
  case leftOut = "left_out"
}

/// Whether both families have one store of tags.
enum SharedTags: String, CaseIterable {
  case shared
  case separate
}

/// What the rate limit counts.
enum LimitUnit: String, CaseIterable {
  case calls
  case users
}

/// Which calls share a limit.
enum LimitScope: String, CaseIterable {
  case endpoint
  case app
}

/// Whether calls refused for what they ask count towards the limit.
enum LimitRefused: String, CaseIterable {
  case counted
  case notCounted = "not_counted"
}

/// A UserSig whose zlib stream is not compressed.
enum StoredDeflate: String, CaseIterable {
  case accepted
  case refused
}

/// Whether a connection serves a second call.
enum KeepAlive: String, CaseIterable {
  case kept
  case closed
}

/// The header `Date`.
enum DateHeader: String, CaseIterable {
  case present
  case absent
}

/// The version of HTTP. A sandbox has no TLS and so no HTTP/2: `2` is answered with 1.1.
enum HTTPVersion: String, CaseIterable {
  case http11 = "1.1"
  case http2 = "2"
  case http10 = "1.0"
}
