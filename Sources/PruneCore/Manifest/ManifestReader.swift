package import YAML

/// What came of reading a manifest: the value if it has no errors, and all problems either way.
package struct ManifestReading {
  package var manifest: Manifest?
  /// The app, if its section was whole, whatever else is wrong.
  package var app: App?
  package var diagnostics: Diagnostics
  /// The files read, as shown to people: the manifest first, then its lists.
  package var files: [String]
}

/// Reads a manifest of version 1 (DESIGN 3) from libyaml's events as they come; no tree is built.
///
/// Each `read...` is given the first event of its value and has consumed the last on return.
/// Problems are collected; only a text that is not YAML ends the reading early.
package struct ManifestReader: ~Copyable {
  var parser: YAMLParser
  let lists: ListOpener
  var diagnostics = Diagnostics()
  var files: [String]
  var entries = Entries()

  private var app: App?
  private var guards = GuardSettings()
  private var expect = Expect()
  /// Where the users begin.
  private var users = Mark(line: 1, column: 1)

  /// Reads everything: the manifest from `source`, shown to people as `name`, and its lists.
  /// `bytes` is about how long the manifest is, if that is known: room is made at once.
  package static func read(
    _ source: ByteSource, name: String, bytes: Int = 0, lists: ListOpener
  ) -> ManifestReading {
    var failure: YAMLError
    do throws(YAMLError) {
      var reader = try ManifestReader(source, name: name, lists: lists)
      reader.entries.reserve(forBytes: bytes)
      return reader.readAll()
    } catch {
      failure = error
    }
    var diagnostics = Diagnostics()
    diagnostics.add(.error, at: Place(line: 1, column: 1), .yaml(failure.kind))
    return ManifestReading(manifest: nil, app: nil, diagnostics: diagnostics, files: [name])
  }

  private init(_ source: ByteSource, name: String, lists: ListOpener) throws(YAMLError) {
    parser = try YAMLParser(source)
    self.lists = lists
    files = [name]
  }

  private mutating func readAll() -> ManifestReading {
    do throws(YAMLError) {
      try readStream()
    } catch {
      add(.error, at: error.mark, .yaml(error.kind))
    }
    sortEntries()
    if entries.list.isEmpty, !diagnostics.hasErrors {
      add(.error, at: users, .noUsers)
    }
    var manifest: Manifest?
    if let app, !diagnostics.hasErrors {
      let whole = Manifest(
        app: app, guards: guards, expect: expect, files: files, entries: entries)
      lint(whole)
      manifest = whole
    }
    diagnostics.sort()
    manifest?.warnings = diagnostics
    return ManifestReading(
      manifest: manifest, app: app, diagnostics: diagnostics, files: files)
  }

  private mutating func readStream() throws(YAMLError) {
    _ = try parser.next()
    guard try parser.next() == .documentStart else {
      return add(.error, at: Mark(line: 1, column: 1), .emptyManifest)
    }
    try readTop(parser.next())
    _ = try parser.next()
    if try parser.next() != .streamEnd { add(.error, at: parser.mark, .secondDocument) }
  }

  // MARK: - The top level

  private enum TopKey: String, CaseIterable { case version, app, guards, expect, users }
  private static let topKeys = KeyTable<TopKey>("the manifest")

  private mutating func readTop(_ event: YAMLParser.Event) throws(YAMLError) {
    if case .scalar(plain: true) = event, parser.scalar.isEmpty {
      return add(.error, at: parser.mark, .emptyManifest)
    }
    let start = parser.mark
    let seen = try readMapping(event, "The manifest", Self.topKeys) {
      (reader, key, event) throws(YAMLError) in
      switch key {
      case .version: try reader.readVersion(event)
      case .app: reader.app = try reader.readApp(event)
      case .guards: try reader.readGuards(event)
      case .expect: try reader.readExpect(event)
      case .users:
        reader.users = reader.parser.mark
        try reader.readUsers(event)
      }
    }
    guard let seen else { return }
    if !seen.contains(.version) {
      add(.error, at: start, .missingKey("version", in: "The manifest", hint: "Add `version: 1`."))
    }
    if !seen.contains(.app) { add(.error, at: start, .missingKey("app", in: "The manifest")) }
    if !seen.contains(.users) { add(.error, at: start, .missingKey("users", in: "The manifest")) }
  }

  private mutating func readVersion(_ event: YAMLParser.Event) throws(YAMLError) {
    guard let value = try readText(event, "`version`") else { return }
    if value != "1" { add(.error, at: parser.mark, .unsupportedVersion(value)) }
  }

  // MARK: - Guards and expectations

  private enum GuardKey: String, CaseIterable {
    case maxRemovals = "max_removals"
    case maxClears = "max_clears"
    case maxNewRemovals = "max_new_removals"
    case protected
  }
  private static let guardKeys = KeyTable<GuardKey>("`guards`")

  private mutating func readGuards(_ event: YAMLParser.Event) throws(YAMLError) {
    try readMapping(event, "`guards`", Self.guardKeys) { (reader, key, event) throws(YAMLError) in
      switch key {
      case .protected: try reader.readProtected(event)
      case .maxRemovals, .maxClears, .maxNewRemovals:
        guard let limit = try reader.readCount(event, "`\(key.rawValue)`") else { return }
        switch key {
        case .maxRemovals: reader.guards.maxRemovals = limit
        case .maxClears: reader.guards.maxClears = limit
        default: reader.guards.maxNewRemovals = limit
        }
      }
    }
  }

  private mutating func readProtected(_ event: YAMLParser.Event) throws(YAMLError) {
    try readSequence(event, "`protected`") { (reader, event) throws(YAMLError) in
      guard let bytes = try reader.readIDBytes(event, "A protected id") else { return }
      if bytes.count > UserID.maxBytes {
        return reader.add(.error, at: reader.parser.mark, .idTooLong(bytes.count))
      }
      guard reader.guards.protected.count < Problem.protectedLimit else {
        return reader.add(.error, at: reader.parser.mark, .tooManyProtected)
      }
      if let byte = bytes.first(where: { Array("?[]{}".utf8).contains($0) }) {
        reader.add(
          .warning, at: reader.parser.mark, .literalGlob(Character(Unicode.Scalar(byte))))
      }
      reader.guards.protected.append(ProtectedPattern(String(decoding: bytes, as: UTF8.self)))
    }
  }

  private enum ExpectKey: String, CaseIterable { case removals, clears }
  private static let expectKeys = KeyTable<ExpectKey>("`expect`")

  private mutating func readExpect(_ event: YAMLParser.Event) throws(YAMLError) {
    try readMapping(event, "`expect`", Self.expectKeys) { (reader, key, event) throws(YAMLError) in
      let count = try reader.readCount(event, "`\(key.rawValue)`")
      switch key {
      case .removals: reader.expect.removals = count
      case .clears: reader.expect.clears = count
      }
    }
  }

  // MARK: - Problems

  mutating func add(
    _ severity: Diagnostic.Severity, at mark: Mark, _ problem: @autoclosure () -> Problem
  ) {
    diagnostics.add(severity, at: Place(line: mark.line, column: mark.column), problem())
  }
}
