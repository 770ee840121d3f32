internal import PruneCore
internal import TestSupport
internal import Bytes

/// The rules for the parsers of a manifest and its lists.
enum ManifestChecks {
  private static let list = Array("# left in May\nl1\nl2\n".utf8)
  private static let manifest = Array(
    """
    version: 1
    app: {sdk_app_id: 7, region: singapore, edition: trial}
    guards: {protected: [ops_bot, "svc_*"]}
    users:
      - {id: alice, account: absent}
      - {ids_from: leavers.txt, account: absent}

    """.utf8)

  /// Manifests that name a column, by its name and by its number.
  private static let columns = ["id", "1", "2"].map { column in
    Array(
      """
      version: 1
      app: {sdk_app_id: 7, region: singapore, edition: trial}
      users:
        - {ids_from: {path: leavers.txt, column: \(column)}, account: absent}

      """.utf8)
  }

  /// A file is valid for one of the columns, or for none.
  static func checkCSV(_ bytes: [UInt8]) throws(Finding) -> Bool {
    var isTaken = false
    for manifest in columns {
      if try check(manifest: manifest, list: bytes, chunkSize: chunkSize(for: bytes)) {
        isTaken = true
      }
    }
    return isTaken
  }

  static func checkManifest(_ bytes: [UInt8]) throws(Finding) -> Bool {
    try check(manifest: bytes, list: list, chunkSize: chunkSize(for: bytes))
  }

  static func checkList(_ bytes: [UInt8]) throws(Finding) -> Bool {
    try check(manifest: manifest, list: bytes, chunkSize: chunkSize(for: bytes))
  }

  private static func check(
    manifest bytes: [UInt8], list: [UInt8], chunkSize: Int
  ) throws(Finding) -> Bool {
    let lists = ["leavers.txt": ListFixture.bytes(list)]
    let reading = readManifest(bytes, lists: lists)
    let again = readManifest(bytes, lists: lists, chunkSize: chunkSize)
    try require(
      isSame(reading, again),
      "read otherwise in chunks of \(chunkSize): \(reading.diagnostics) \(again.diagnostics)")
    let diagnostics = reading.diagnostics
    try require(
      (reading.manifest == nil) == diagnostics.hasErrors, "neither a value nor an error")
    for (severity, count) in [
      (Diagnostic.Severity.error, diagnostics.errors), (.warning, diagnostics.warnings),
    ] {
      let kept = diagnostics.kept.count { $0.severity == severity }
      // Beyond the first hundred, only codes that are still rare.
      let most = Diagnostics.shown + 10 * Set(diagnostics.kept.map(\.code)).count
      try require(
        kept >= min(count, Diagnostics.shown) && kept <= min(count, most),
        "problems are not counted right")
    }
    for problem in diagnostics.kept {
      let texts = [bytes] + Array(repeating: list, count: reading.files.count - 1)
      try check(problem, texts)
    }
    guard let manifest = reading.manifest else { return false }
    try check(manifest, [bytes] + Array(repeating: list, count: reading.files.count - 1))
    return true
  }

  private static func isSame(_ one: ManifestReading, _ other: ManifestReading) -> Bool {
    // libyaml decodes ahead: how much it reads before an invalid byte depends on the chunks.
    let broken = ["Invalid text", "Invalid line break"]
    let isBroken = [one, other].contains {
      $0.diagnostics.kept.contains { broken.contains($0.summary) }
    }
    if isBroken { return one.diagnostics.hasErrors && other.diagnostics.hasErrors }
    return one.manifest == other.manifest && one.app == other.app
      && one.diagnostics == other.diagnostics && one.files == other.files
  }

  private static func check(_ problem: Diagnostic, _ texts: [[UInt8]]) throws(Finding) {
    try requirePrintable(problem.summary, "a summary")
    try requirePrintable(problem.detail, "a detail")
    try check(problem.place, texts)
    if let related = problem.related { try check(related, texts) }
  }

  /// A position is within its file, counted in lines and characters, or right after its end.
  private static func check(_ place: Place, _ texts: [[UInt8]]) throws(Finding) {
    try require(Int(place.file) < texts.count, "a place in no file")
    let text = texts[Int(place.file)]
    let lines = text.count { $0 == UInt8(ascii: "\n") } + 1
    try require((1...UInt32(lines)).contains(place.line), "line \(place.line) of \(lines)")
    let source = outcome { () throws(ReadFailure) in
      try SourceLines.read([place.line], ByteSource(text))[place.line] ?? ""
    }
    guard case .success(let line) = source else { throw Finding("a line that cannot be read") }
    // A quoted line is truncated at 4,096 bytes.
    let columns = line.utf8.count < 4096 ? line.unicodeScalars.count + 1 : .max
    try require(
      place.column >= 1 && Int(place.column) <= columns,
      "column \(place.column) of \(columns) in line \(place.line)")
  }

  private static func check(_ manifest: Manifest, _ texts: [[UInt8]]) throws(Finding) {
    let entries = manifest.entries
    try require(entries.list.count <= texts.joined().count, "users of nowhere")
    for (one, next) in zip(entries.list, entries.list.dropFirst()) where one.id >= next.id {
      throw Finding("entries out of order: \(one.id), \(next.id)")
    }
    for entry in entries.list {
      try checkID(entry.id)
      try check(entries.place(of: entry), texts)
      if let reason = entries.reason(of: entry) { try requirePrintable(reason, "a reason") }
    }
    // A parsed manifest can be planned and checked by the guards.
    let plan = outcome { () throws(StateError) in try makePlan(manifest, nil) }
    guard case .success(let plan) = plan else { throw Finding("not planned: \(plan)") }
    try require(plan.items.count == entries.list.count, "a plan of other users")
    try check(manifest.guards.protected, plan)
  }

  /// An entry protects what it says, and nothing hidden.
  private static func check(_ protected: [ProtectedPattern], _ plan: Plan) throws(Finding) {
    for pattern in protected {
      try requirePrintable(pattern.text, "a protected entry")
      try require(
        !pattern.text.contains(where: { " ,;\"?[]{}\\|()".contains($0) || $0.isNewline }),
        "a protected entry that is no id and no glob: \(pattern.text)")
    }
    let numbers = plan.unmatchedProtected
    try require(numbers.allSatisfy { Int($0) < protected.count }, "an entry that is not there")
    for item in plan.items {
      guard case .protected(let number) = item.block else { continue }
      try require(!numbers.contains(number), "an entry that blocks but matches no user")
    }
  }

  /// The rules for ids in a manifest, implemented a second time.
  private static func checkID(_ id: UserID) throws(Finding) {
    try checkRecordedID(id)
    try requirePrintable(id.description, "an id")
    let blanks = id.description.unicodeScalars.filter { $0.properties.isWhitespace }
    try require(blanks.allSatisfy { $0 == " " }, "an id with an odd blank: \(id)")
  }

  /// The rules for ids in states, journals and plans.
  static func checkRecordedID(_ id: UserID) throws(Finding) {
    guard let text = String(validating: id.bytes, as: UTF8.self) else {
      throw Finding("an id that is no text: \(id.bytes)")
    }
    try require(
      !text.unicodeScalars.contains { $0.properties.generalCategory == .control },
      "an id with a control: \(id.bytes)")
    try require((1...32).contains(id.bytes.count), "an id of \(id.bytes.count) bytes")
    let ends = [text.unicodeScalars.first, text.unicodeScalars.last]
    try require(
      !ends.contains { $0?.properties.isWhitespace ?? false }, "an id with a blank: \(id)")
  }
}
