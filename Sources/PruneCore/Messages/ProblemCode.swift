/// Every kind of problem of a manifest, its lists, or a policy. The raw value is its code, which stays
/// the same in all versions: tools filter by it, and close and reopen alerts by it.
///
/// docs/problems.md lists them, made from here; see `ProblemCatalogTests`.
package enum ProblemCode: String, CaseIterable, Sendable {
  // MARK: - The text
  case invalidYAML = "invalid-yaml"
  case invalidText = "invalid-text"
  case invalidLineBreak = "invalid-line-break"
  case nestedTooDeep = "nested-too-deep"
  case valueTooLong = "value-too-long"
  case fileTooLarge = "file-too-large"
  case readError = "read-error"
  case outOfMemory = "out-of-memory"
  case unreadableManifest = "unreadable-manifest"
  case emptyManifest = "empty-manifest"
  case severalDocuments = "several-documents"
  case unresolvedMerge = "unresolved-merge"
  case aliasNotSupported = "alias-not-supported"
  case tagNotSupported = "tag-not-supported"

  // MARK: - Keys and values
  case unknownKey = "unknown-key"
  case duplicateKey = "duplicate-key"
  case invalidKey = "invalid-key"
  case missingKey = "missing-key"
  case wrongType = "wrong-type"
  case invalidValue = "invalid-value"
  case unsupportedVersion = "unsupported-version"
  case twoLocations = "two-locations"
  case invalidEndpoint = "invalid-endpoint"

  // MARK: - Entries
  case entryWithoutUser = "entry-without-user"
  case entryWithTwoSources = "entry-with-two-sources"
  case entryWithoutOperation = "entry-without-operation"
  case contradictoryEntry = "contradictory-entry"
  case contradictoryEntries = "contradictory-entries"
  case tooManyUsers = "too-many-users"
  case duplicateEntry = "duplicate-entry"
  case twoReasons = "two-reasons"
  case caseTwins = "case-twins"

  // MARK: - Ids
  case ambiguousID = "ambiguous-id"
  case missingID = "missing-id"
  case idOnSeveralLines = "id-on-several-lines"
  case invalidID = "invalid-id"
  case notNFC = "not-nfc"
  case unusualID = "unusual-id"
  case invalidReason = "invalid-reason"

  // MARK: - Lists
  case listNotFound = "list-not-found"
  case listOutsideFolder = "list-outside-folder"
  case listNotAFile = "list-not-a-file"
  case listTooLarge = "list-too-large"
  case listNotReadable = "list-not-readable"
  case emptyList = "empty-list"
  case listsTooLarge = "lists-too-large"
  case invalidPath = "invalid-path"
  case tooManyLists = "too-many-lists"
  case commentNextToID = "comment-next-to-id"
  case notABareID = "not-a-bare-id"
  case numberLike = "number-like"
  case placeholder
  case headerLike = "header-like"

  // MARK: - CSV files
  case missingColumn = "missing-column"
  case duplicateColumn = "duplicate-column"
  case wrongFieldCount = "wrong-field-count"
  case openQuote = "open-quote"
  case textAfterQuote = "text-after-quote"
  case quoteInField = "quote-in-field"
  case rowTooLong = "row-too-long"
  case hiddenCharacter = "hidden-character"
  case invalidColumn = "invalid-column"

  // MARK: - Protected ids
  case unclearProtected = "unclear-protected-entry"
  case tooManyProtected = "too-many-protected"
  case tooManyInnerGlobs = "too-many-inner-globs"
  case nearProtected = "near-protected"
  case literalGlob = "literal-glob"

  // MARK: - Guards
  case protectedUser = "protected"
  case administrator
  case callingAdmin = "calling-admin"
  case reservedPrefix = "reserved-prefix"
  case expectRemovals = "expect-removals"
  case expectClears = "expect-clears"
  case removalsNeedEdition = "removals-need-edition"
  case clearsNeedTagPush = "clears-need-tag-push"
  case tagsBelowUltimate = "tags-below-ultimate"
  case tagRightsUnknown = "tag-rights-unknown"

  // MARK: - Policies
  case emptyPolicy = "empty-policy"
  case policyWithoutRule = "policy-without-rule"
  case missingValue = "missing-value"

  /// What `validate` can report: all but the problems of a policy.
  package static let ofManifests = allCases.filter { !ofPolicies.contains($0) }
  private static let ofPolicies: Set = [Self.emptyPolicy, .policyWithoutRule, .missingValue]

  /// The severity, unless `--strict` makes warnings errors.
  package var severity: Diagnostic.Severity {
    switch self {
    case .duplicateEntry, .twoReasons, .caseTwins, .notNFC, .unusualID, .numberLike, .placeholder,
      .headerLike, .nearProtected, .literalGlob, .tagsBelowUltimate, .tagRightsUnknown:
      .warning
    default: .error
    }
  }

  /// What is wrong, as a heading without anything from the file.
  package var summary: String {
    switch self {
    case .invalidYAML: "Invalid YAML"
    case .invalidText: "Invalid text"
    case .invalidLineBreak: "Invalid line break"
    case .nestedTooDeep: "Nested too deep"
    case .valueTooLong: "Value too long"
    case .fileTooLarge: "File too large"
    case .readError: "Read error"
    case .outOfMemory: "Out of memory"
    case .unreadableManifest: "Manifest not readable"
    case .emptyManifest: "Empty manifest"
    case .severalDocuments: "More than one document"
    case .unresolvedMerge: "Unresolved merge"
    case .aliasNotSupported: "Alias not supported"
    case .tagNotSupported: "Tag not supported"
    case .unknownKey: "Unknown key"
    case .duplicateKey: "Duplicate key"
    case .invalidKey: "Invalid key"
    case .missingKey: "Missing key"
    case .wrongType: "Wrong type"
    case .invalidValue: "Invalid value"
    case .unsupportedVersion: "Unsupported version"
    case .twoLocations: "Two locations"
    case .invalidEndpoint: "Invalid endpoint"
    case .entryWithoutUser: "Entry without a user"
    case .entryWithTwoSources: "Entry with two sources of ids"
    case .entryWithoutOperation: "Entry without an operation"
    case .contradictoryEntry: "Contradictory entry"
    case .contradictoryEntries: "Contradictory entries"
    case .tooManyUsers: "Too many users"
    case .duplicateEntry: "Duplicate entry"
    case .twoReasons: "Two reasons for one user"
    case .caseTwins: "Ids that differ only by case"
    case .ambiguousID: "Ambiguous id"
    case .missingID: "Missing id"
    case .idOnSeveralLines: "Id on several lines"
    case .invalidID: "Invalid id"
    case .notNFC, .unusualID: "Unusual id"
    case .invalidReason: "Invalid reason"
    case .listNotFound: "List not found"
    case .listOutsideFolder: "List outside the manifest's folder"
    case .listNotAFile: "List is not a file"
    case .listTooLarge: "List too large"
    case .listNotReadable: "List not readable"
    case .emptyList: "Empty list"
    case .listsTooLarge: "Lists too large"
    case .invalidPath: "Invalid path"
    case .tooManyLists: "Too many lists"
    case .commentNextToID: "Comment next to an id"
    case .notABareID: "Not a bare id"
    case .numberLike: "Id looks like a damaged number"
    case .placeholder: "Id looks like a placeholder"
    case .headerLike: "Id looks like a header"
    case .missingColumn: "Missing column"
    case .duplicateColumn: "Duplicate column"
    case .wrongFieldCount: "Wrong number of fields"
    case .openQuote: "Open quote"
    case .textAfterQuote: "Text after a closing quote"
    case .quoteInField: "Quote inside a field"
    case .rowTooLong: "Row too long"
    case .hiddenCharacter: "Hidden character"
    case .invalidColumn: "Invalid column"
    case .unclearProtected: "Unclear protected entry"
    case .tooManyProtected: "Too many protected ids"
    case .tooManyInnerGlobs: "Too many globs with an inner part"
    case .nearProtected: "Id close to a protected id"
    case .literalGlob: "Character without meaning in a glob"
    case .protectedUser, .administrator, .callingAdmin, .reservedPrefix: "Protected user"
    case .expectRemovals: "Unexpected number of removals"
    case .expectClears: "Unexpected number of clears"
    case .removalsNeedEdition: "Edition without removals"
    case .clearsNeedTagPush: "App without tag calls"
    case .tagsBelowUltimate: "Edition that may lack tag calls"
    case .tagRightsUnknown: "Tag calls not checked"
    case .emptyPolicy: "Empty policy"
    case .policyWithoutRule: "Policy without a rule"
    case .missingValue: "Missing value"
    }
  }
}
