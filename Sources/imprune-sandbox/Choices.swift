/// What the sandbox decides where the documents are silent or contradict each other.
///
/// Nothing here is a fact about the service. A reader who meets the real one and sees it differ
/// changes this file. Where a fact is named, Facts.swift has all answers, and `--facts` chooses.
///
/// | Situation | Choice |
/// |---|---|
/// | order of the checks | path, method, URL parameters, UserSig, admin, rate, body, edition or feature, ids |
/// | method other than POST | 60002 |
/// | `random` missing or not 0...4294967295 in plain digits | 60002 |
/// | broken percent escape, a parameter given twice | 60002 |
/// | `+` in the query | a plus, not a blank; parameters with unknown names are ignored |
/// | `sdkappid` not in digits / of another app | 60006 / 70020 |
/// | caller signed correctly but no admin | 70403 for accounts, 90009 for tags; never 60010 |
/// | a signature from the future | accepted, as the official verifier does |
/// | what the rate counts | calls by endpoint, from admins with a good signature; those refused with 60007 do not count |
/// | empty body, body that is no object | as JSON that cannot be parsed: 60003, 90001 |
/// | the same name twice in an object | the first counts |
/// | body over 1 MiB | HTTP 413, as a gateway would |
/// | list missing or no list, `UserID` missing | 70402 for accounts, 90003 for tags |
/// | no ids, or more than 100 | 70402 for accounts, 90018 for tags |
/// | an id of 0 or more than 32 bytes | the whole call: 70402 for accounts, 90003 for tags; fact `invalid_id` |
/// | an id twice in one call | an item each, in the order sent: the second delete gives 70107; fact `duplicate_id` |
/// | 71000 | `--denial-level` says where it shows: `top` for the whole call, `item` for every item, `existing` for items that exist (absent ones 70107); facts `denial_level` and `denial_order` |
/// | every item absent | the call as a whole is OK, 0; fact `all_failed` |
/// | admins | no accounts, unless made with `--users-file`; then they can be deleted like others |
/// | tags of a deleted account | dropped; a new import of the id has none |
/// | re-import on editions other than trial and developer (70399), trial's 100 accounts (70398), trial's daily volume (60028) | not applied |
/// | tag calls without `tag_push` | 90045 for both families, and for reading |
/// | unknown user in im_remove_all_tags, im_get_tag, im_add_tag | 90012 for the whole call, nothing is changed |
/// | user without tags in im_remove_all_tags | 0 |
/// | unknown user in timpush | 70107 in ErrorList; the call is OK, 0, even if all are unknown |
/// | tag store | one, shared by both families |
/// | tag that is empty or over 50 bytes | 90034 (the push page says 90020) |
/// | tag that is no string, a user with no tags in im_add_tag or add_tag | 90003 |
/// | a user twice in im_add_tag or add_tag | the limit of tags is for both places together; with `Replace` the last counts |
/// | more than 100 tags for a user after im_add_tag or add_tag | 90032, nothing is changed |
/// | more than 1000 different tags of the app after add_tag | 90032, nothing is changed; tags without a user do not count; not applied to im_add_tag or to the users at the start |
/// | `Replace` other than 0 and 1 | 90001 |
/// | adding a tag that is there | kept once |
/// | RegistrationIDs in timpush | not known: an id is a UserID |
/// | `account_import` of an account that exists | 0, tags kept; the older field `Identifier` alone gives 70402 |
extension Refusal {
  static let unreadableURL = Refusal(60002, "HTTP request could not be parsed")
  static let invalidApp = Refusal(60006, "sdkappid is invalid")
  static let unknownApp = Refusal(70020, "sdkappid does not exist")
  static let unknownTagUser = Refusal(90012, "To_Account is not registered or does not exist")
  static let untaggedUser = Refusal(90003, "a user has no tags")
  static let badTag = Refusal(90034, "tag is empty or longer than 50 bytes")

  static let tooManyAppTags = Refusal(90032, "the app would have more than 1000 different tags")

  /// The caller is signed in but no admin.
  static func notAdmin(_ family: Endpoint.Family) -> Refusal {
    switch family {
    case .accounts: Refusal(70403, "app admin permissions are required")
    case .tags: Refusal(90009, "app admin permissions are required")
    }
  }

  /// A field of the body is missing or cannot be meant.
  static func badField(_ family: Endpoint.Family) -> Refusal {
    switch family {
    case .accounts: Refusal(70402, "invalid parameters")
    case .tags: Refusal(90003, "To_Account is missing or invalid")
    }
  }

  /// A list holds no ids or more than 100.
  static func badCount(_ family: Endpoint.Family) -> Refusal {
    switch family {
    case .accounts: Refusal(70402, "invalid parameters: 1 to 100 accounts a request")
    case .tags: Refusal(90018, "the number of accounts requested exceeds the limit")
    }
  }
}

/// Where the refusal to delete accounts shows (71000; the documents do not say).
enum DenialLevel: String, CaseIterable {
  /// The whole call fails.
  case top
  /// The call is OK, every item fails.
  case item
  /// The call is OK, items that exist fail with 71000, absent ones with 70107 as ever.
  case existing
}
