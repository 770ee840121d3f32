extension ProblemCode {
  /// What the problem means, and what to do about it: what a reader of a rule sees, who does not know
  /// imprune. Full sentences without anything from the file.
  package var help: String {
    switch self {
    case .invalidYAML:
      "The file is not valid YAML from here on, so imprune did not read the rest. Fix the line. A "
        + "value that begins with a sign such as `@`, `%`, `*`, `&` or `!` needs quotes."
    case .invalidText:
      "The file is not UTF-8. Save it as UTF-8."
    case .invalidLineBreak:
      "A character here ends a line for some programs but not for others, so a reviewer "
        + "could see different lines from what imprune reads. End lines with LF or CRLF."
    case .nestedTooDeep:
      "Lists and mappings are nested deeper than a manifest ever needs. Check the "
        + "indentation."
    case .valueTooLong:
      "A value or comment is longer than any that a manifest needs. Check for a missing "
        + "closing quote."
    case .fileTooLarge:
      "The manifest is larger than imprune reads. Move the ids into lists and name them "
        + "with `ids_from`."
    case .readError:
      "imprune could not read the file to its end. Check the disk, then run the command "
        + "again."
    case .outOfMemory:
      "The YAML parser ran out of memory. Move the ids into lists and name them with "
        + "`ids_from`."
    case .unreadableManifest:
      "imprune could not open the manifest, or must not show its lines. Check the path and "
        + "the permissions, and name a regular file outside `.git`."
    case .emptyManifest:
      "The file contains no YAML document. `imprune init` writes a new manifest."
    case .severalDocuments:
      "A manifest is one YAML document. Remove the `---` and what follows."
    case .unresolvedMerge:
      "The line looks like a git conflict marker. Keep the right lines and remove the "
        + "markers."
    case .aliasNotSupported:
      "imprune refuses YAML aliases, so that reviewers see what imprune reads. Write out "
        + "the value."
    case .tagNotSupported:
      "imprune refuses YAML tags. Remove the tag, or quote a value that really begins with "
        + "`!`."
    case .unknownKey:
      "imprune refuses keys that it does not know, because a misspelled guard would protect "
        + "no user. Correct or remove the key."
    case .duplicateKey:
      "The key is set twice in one mapping. Keep one of the two."
    case .invalidKey:
      "A key must be a plain word, not a list or a mapping."
    case .missingKey:
      "A key that every manifest needs is missing. Add it."
    case .wrongType:
      "The value has the wrong type for its key, such as a list instead of a single value. "
        + "Correct the value."
    case .invalidValue:
      "The value is not one of those that its key allows. The message lists them, or gives "
        + "the range."
    case .unsupportedVersion:
      "This imprune reads manifests of version 1. A newer version needs a newer imprune."
    case .twoLocations:
      "`app` has a region and an endpoint. Keep one of the two."
    case .invalidEndpoint:
      "An endpoint is `https://host[:port]` without path, query or user. Plain http is for "
        + "this machine only."
    case .entryWithoutUser:
      "An entry needs one of `id`, `ids` or `ids_from`."
    case .entryWithTwoSources:
      "An entry has one of `id`, `ids` or `ids_from`. Split the entry to use more."
    case .entryWithoutOperation:
      "An entry needs `account: absent` to remove accounts, or an empty list as `tags` to "
        + "clear tags."
    case .contradictoryEntry:
      "The entry clears tags and removes the account. Removing an account also removes its "
        + "tags: write only `account: absent`."
    case .contradictoryEntries:
      "Two entries ask for different operations, or different revisions, for one user. Keep "
        + "one of the two."
    case .tooManyUsers:
      "The manifest lists more users than imprune reads. Split it."
    case .duplicateEntry:
      "The manifest lists the same user twice. Remove one of the two entries."
    case .twoReasons:
      "The manifest lists the same user twice, with different reasons. Remove one of the "
        + "two entries."
    case .caseTwins:
      "For the service, two ids that differ only by case are two users. If one is a typo, "
        + "remove its entry."
    case .ambiguousID:
      "Some YAML readers would see something other than an id here: a number, a date, "
        + "several ids, a comment. Quote the id, or separate the ids."
    case .missingID:
      "There is no value where an id should be, or a comment began too early. Write the id; "
        + "quote one that begins with `#`."
    case .idOnSeveralLines:
      "YAML joins several lines into one value here. Write each id on its own line; a comma "
        + "or a dash may be missing."
    case .invalidID:
      "imprune does not accept this id: an id has 1 to 32 bytes of UTF-8, without hidden "
        + "characters and without spaces at its ends. Correct the id."
    case .notNFC:
      "The id is not in Unicode normal form C, so another id may look the same. Compare it "
        + "with the id in the app."
    case .unusualID:
      "The id has characters outside A-Z a-z 0-9 _ . @ + = : -, which Tencent advises "
        + "against. Check that the id is right."
    case .invalidReason:
      "A reason is one line of at most 200 bytes without hidden characters."
    case .listNotFound:
      "There is no such file in the manifest's folder. Check the path, which is relative to "
        + "the manifest."
    case .listOutsideFolder:
      "imprune reads lists only from the manifest's folder, so that a review sees them all. "
        + "Move the list there."
    case .listNotAFile:
      "A list must be a regular file."
    case .listTooLarge:
      "The list is larger than imprune reads. Split it into several lists."
    case .listNotReadable:
      "imprune cannot read the list. Check the path and the permissions."
    case .emptyList:
      "An empty list may be a failed export, so imprune refuses it. Remove the entry, or "
        + "add to the list."
    case .listsTooLarge:
      "All lists of the manifest together are larger than imprune reads. Split the "
        + "manifest."
    case .invalidPath:
      "A path must not contain hidden characters. Remove them."
    case .tooManyLists:
      "The manifest names more lists than imprune reads. Combine lists, or split the "
        + "manifest."
    case .commentNextToID:
      "In a list, a comment is on its own line, which begins with `#`."
    case .notABareID:
      "A line of a list, or a field of a CSV column, holds one id and nothing else. An id "
        + "that contains a space, a comma or a quote goes into the manifest, in quotes."
    case .numberLike:
      "A spreadsheet or script may have converted this id to a number, which can lose "
        + "digits. Export the ids as text."
    case .placeholder:
      "Databases and scripts write this word for a missing value. Check the export."
    case .headerLike:
      "The first line looks like the name of a column. If it is, remove it, or read the "
        + "file as CSV with `column`."
    case .missingColumn:
      "The first line of the file does not have the column that the manifest names. Correct "
        + "`column`."
    case .duplicateColumn:
      "The first line names the column more than once. Rename one, or give `column` as a "
        + "number."
    case .wrongFieldCount:
      "The row has more or fewer fields than the first line. Quote a field that contains a "
        + "comma."
    case .openQuote:
      "A quote is not closed before the end of the file. Close it; inside a quoted field, "
        + "double each quote."
    case .textAfterQuote:
      "A comma or the end of the line must follow the closing quote of a field. Inside a "
        + "quoted field, double each quote."
    case .quoteInField:
      "A field that contains a quote must be quoted, and the quote inside it doubled."
    case .rowTooLong:
      "The line is longer than imprune reads. Check for a missing closing quote."
    case .hiddenCharacter:
      "The row has an invisible character that changes the reading direction: a reviewer "
        + "may see a different id from the one that imprune reads. Remove it."
    case .invalidColumn:
      "`column` is the name of a column in the first line, or its number, counted from 1. "
        + "Quote a name that YAML does not read as a string."
    case .unclearProtected:
      "The entry looks like a mistake, and would then protect no user. Give each id its own "
        + "entry; only `*` is special."
    case .tooManyProtected:
      "The manifest protects more ids and globs than imprune compares. Cover groups of ids "
        + "by a glob."
    case .tooManyInnerGlobs:
      "Too many globs with text between two `*` share a beginning or an end. Give them "
        + "different beginnings, or list the ids."
    case .nearProtected:
      "The id looks like a protected id, or like one that a protected glob matches. If you "
        + "meant the protected id, remove the entry; else protect this id too."
    case .literalGlob:
      "The entry would protect a user only if it were a regular expression, but it is a "
        + "glob, in which only `*` is special."
    case .protectedUser:
      "`guards.protected` protects this user, so imprune refuses the entry. Remove the user "
        + "from the manifest, or change `guards.protected`."
    case .administrator:
      "imprune never changes `administrator`, which every app has. Remove the user from the "
        + "manifest."
    case .callingAdmin:
      "imprune never changes the admin account that it uses for its calls. Remove the user "
        + "from the manifest."
    case .reservedPrefix:
      "The service reserves the prefix of this id for robots, official accounts and groups. "
        + "Remove the user from the manifest."
    case .expectRemovals:
      "The number of users to remove in the manifest does not match `expect.removals`. "
        + "Correct the list or the number."
    case .expectClears:
      "The number of users to clear in the manifest does not match `expect.clears`. "
        + "Correct the list or the number."
    case .removalsNeedEdition:
      "Apps of this edition cannot remove accounts by default. Lift the restriction in the "
        + "console and add `account_deletion` to `app.enabled`."
    case .clearsNeedTagPush:
      "Tag calls are off by default in every edition. Switch on push to all users in the "
        + "console and add `tag_push` to `app.enabled`."
    case .tagsBelowUltimate:
      "The documentation is inconsistent about tag calls in apps of this edition. `imprune "
        + "precheck` finds out."
    case .tagRightsUnknown:
      "imprune cannot check offline whether this app may use the timpush calls. `imprune "
        + "precheck` finds out."
    case .emptyPolicy:
      "The file contains no YAML document. A policy begins with `version: 1` and has at "
        + "least one rule."
    case .policyWithoutRule:
      "The policy would allow everything. Add a rule, or run imprune without the policy."
    case .missingValue:
      "The key of a policy has no value. Write one."
    }
  }
}
