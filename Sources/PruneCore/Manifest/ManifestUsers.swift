internal import Bytes
internal import YAML

/// The `users` section: entries, their ids, and the lists they name.
extension ManifestReader {
  private enum EntryKey: String, CaseIterable {
    case id
    case account
    case tags
    case ids
    case idsFrom = "ids_from"
    case reason
    case revision
  }
  private static let entryKeys = KeyTable<EntryKey>("an entry")

  private static let absent = Array("absent".utf8)

  mutating func readUsers(_ event: YAMLParser.Event) throws(YAMLError) {
    if event == .scalar(plain: true), !parser.isTagged, PlainScalar.isNull(parser.scalar) {
      return add(.error, at: parser.mark, .usersMissing)
    }
    try readSequence(event, "`users`") { (reader, event) throws(YAMLError) in
      try reader.readEntry(event)
    }
  }

  /// The content of an entry so far.
  private struct EntryDraft {
    var operation: Operation?
    var revision = Revision.first
    var reason: [UInt8] = []
    var id: (id: UserID, mark: Mark)?
    var sources = 0
    var goals = 0
  }

  private mutating func readEntry(_ event: YAMLParser.Event) throws(YAMLError) {
    let start = parser.mark
    let errors = diagnostics.errors
    let firstEntry = entries.list.count
    let firstGroup = entries.groups.list.count
    var draft = EntryDraft()
    let seen = try readMapping(event, "An entry of `users`", Self.entryKeys) {
      (reader, key, event) throws(YAMLError) in
      switch key {
      case .id:
        draft.sources += 1
        let mark = reader.parser.mark
        if let id = try reader.readUserID(event, "`id`") { draft.id = (id, mark) }
      case .ids:
        draft.sources += 1
        try reader.readIDs(event)
      case .idsFrom:
        draft.sources += 1
        try reader.readIDsFrom(event)
      case .account:
        draft.goals += 1
        if try reader.readAccount(event) { draft.operation = .removeAccount }
      case .tags:
        draft.goals += 1
        if try reader.readTags(event) { draft.operation = .clearTags }
      case .reason: draft.reason = try reader.readReason(event) ?? []
      case .revision: draft.revision = try reader.readRevision(event) ?? .first
      }
    }
    guard seen != nil else { return }
    switch draft.sources {
    case 0: add(.error, at: start, .entryWithoutIDs)
    case 1: break
    default: add(.error, at: start, .entryWithTwoIDs)
    }
    switch draft.goals {
    case 0: add(.error, at: start, .entryWithoutGoal)
    case 1: break
    default: add(.error, at: start, .entryWithTwoGoals)
    }
    guard let operation = draft.operation, diagnostics.errors == errors else {
      // A manifest with errors has no value, but contradictions between its valid entries are still
      // reported.
      entries.drop(from: firstEntry)
      return entries.groups.drop(from: firstGroup)
    }
    if let (id, mark) = draft.id {
      entries.groups.start(
        operation, draft.revision, file: 0, column: mark.column, reason: draft.reason)
      entries.append(id, line: mark.line)
    } else {
      entries.groups.complete(
        from: firstGroup, operation, draft.revision, reason: draft.reason)
    }
    if entries.list.count > Problem.userLimit { add(.error, at: start, .tooManyUsers) }
  }

  // MARK: - What is wanted

  private mutating func readAccount(_ event: YAMLParser.Event) throws(YAMLError) -> Bool {
    guard try isText(event, "`account`") else { return false }
    if parser.scalar == Self.absent { return true }
    let text = String(decoding: parser.scalar, as: UTF8.self)
    let isAsWritten = isAsWritten(event)
    add(
      .error, at: parser.mark,
      .wrongValue(
        "`account`", text, wanted: "`absent`",
        fix: isAsWritten ? .misspelled(text, known: ["absent"]) : nil))
    return false
  }

  private mutating func readTags(_ event: YAMLParser.Event) throws(YAMLError) -> Bool {
    let mark = parser.mark
    var isEmpty = true
    let isList = try readSequence(event, "`tags`") { (reader, event) throws(YAMLError) in
      isEmpty = false
      try reader.skip(event)
    }
    if !isEmpty { add(.error, at: mark, .tagsNotEmpty) }
    return isList && isEmpty
  }

  private mutating func readReason(_ event: YAMLParser.Event) throws(YAMLError) -> [UInt8]? {
    guard try isText(event, "`reason`") else { return nil }
    if parser.scalar.count > 200 || Self.hidesSomething(parser.scalar) {
      add(.error, at: parser.mark, .reasonHidden)
      return nil
    }
    return parser.scalar
  }

  /// Whether a text contains characters that a reviewer cannot see.
  private static func hidesSomething(_ text: [UInt8]) -> Bool {
    // Visible ASCII contains none, and millions of reasons are only that.
    !text.allSatisfy { (0x20...0x7E).contains($0) }
      && String(decoding: text, as: UTF8.self).unicodeScalars.contains(where: \.isHidden)
  }

  private mutating func readRevision(_ event: YAMLParser.Event) throws(YAMLError) -> Revision? {
    let number = try readNumber(event, "`revision`", 1...Int(Revision.highest.number))
    return number.flatMap { Revision(UInt32($0)) }
  }

  // MARK: - Contradictions

  /// Sorts the entries and reports repeated users.
  mutating func sortEntries() {
    let groups = entries.groups
    let files = files
    var diagnostics = diagnostics
    entries.sort { first, second in
      let (one, two) = (groups[first.group], groups[second.group])
      let (here, there) = (groups.place(of: second), groups.place(of: first))
      // Made only for the problems that are kept; there may be millions.
      func name() -> String { "\(files[Int(there.file)]):\(there.line):\(there.column)" }
      if one.operation != two.operation {
        diagnostics.add(.error, at: here, related: there, .contradiction(first.id, first: name()))
      } else if one.revision != two.revision {
        diagnostics.add(.error, at: here, related: there, .twoRevisions(first.id, first: name()))
      } else {
        diagnostics.add(
          .warning, at: here, related: there,
          .duplicateEntry(
            first.id, first: name(),
            sameReason: groups.reason(of: first.group) == groups.reason(of: second.group)))
      }
    }
    self.diagnostics = diagnostics
  }

  // MARK: - Lints

  /// Reports ids that look like mistakes. Each may be intended, so these are warnings.
  mutating func lint(_ manifest: Manifest) {
    let (groups, files) = (manifest.entries.groups, manifest.files)
    var diagnostics = diagnostics
    CaseTwins.find(manifest.entries.list) { first, second in
      let (here, there) = (groups.place(of: second), groups.place(of: first))
      diagnostics.add(
        .warning, at: here, related: there,
        .caseTwins(
          second.id, first.id, first: "\(files[Int(there.file)]):\(there.line):\(there.column)"))
    }
    var shown = 0
    var more: [NearProtected.Finding] = []
    var first: Place?
    NearProtected.find(manifest) { finding, users in
      // One problem for all of them: consecutively numbered ids have many neighbors.
      guard let place = users.map({ groups.place(of: $0) }).min() else { return }
      let isShown = if case .regularExpression = finding { true } else { shown < Self.shownNear }
      guard isShown else {
        more.append(finding)
        return first = min(first ?? place, place)
      }
      shown += 1
      diagnostics.add(.warning, at: place, .near(finding, users.map(\.id)))
    }
    if let first { diagnostics.add(.warning, at: first, .near(more)) }
    self.diagnostics = diagnostics
  }

  /// For how many protected entries the users close to them are named.
  private static let shownNear = 5
}
