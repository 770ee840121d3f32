package import Bytes
internal import YAML

/// The result of reading a manifest: the value if it has no errors, and all problems either way.
package struct ManifestReading {
  package var manifest: Manifest?
  /// The app, if its section is complete, whatever else is wrong.
  package var app: App?
  package var diagnostics: Diagnostics
  /// The files read, as shown to people: the manifest first, then its lists.
  package var files: [String]
}

/// Reads a manifest of version 1 (docs/architecture.md, "Manifest") from libyaml's events; it
/// builds no tree.
///
/// Each `read...` function gets the first event of its value and has consumed the last one on
/// return. Problems are collected; only a text that is not YAML ends the reading early.
package struct ManifestReader: ~Copyable {
  var parser: YAMLParser
  let lists: ListOpener
  var diagnostics = Diagnostics()
  var files: [String]
  /// The columns of the lists that are CSV files, by index into `files`.
  var columns: [UInt16: CSVColumn] = [:]
  /// The total size of the opened lists, in bytes.
  var listBytes = 0
  var entries = Entries()

  var guards = GuardSettings()
  var expect = Expect()
  var rulePlaces = RulePlaces()

  private var app: App?
  private let text: ByteSource
  private let markers: MergeMarkerWatch

  /// Reads everything: the manifest from `source`, shown to people as `name`, and its lists.
  /// `bytes` is the approximate length of the manifest, if known, to reserve room.
  package static func read(
    _ source: ByteSource, name: String, bytes: Int = 0, lists: ListOpener
  ) -> ManifestReading {
    let (first, whole) = source.peeked(TextEncoding.needed)
    if let encoding = TextEncoding(first) { return unreadable(.encoding(encoding), name) }
    do throws(YAMLError) {
      var reader = try ManifestReader.of(whole, name: name, lists: lists)
      reader.entries.reserve(forBytes: bytes)
      return reader.readAll()
    } catch {
      return unreadable(.yaml(error.kind), name)
    }
  }

  /// The reading of a manifest that cannot be read at all.
  static func unreadable(_ problem: Problem, _ name: String) -> ManifestReading {
    var diagnostics = Diagnostics()
    diagnostics.add(.error, at: Place(line: 1, column: 1), problem)
    return ManifestReading(manifest: nil, app: nil, diagnostics: diagnostics, files: [name])
  }

  /// A reader of a text; throws if the parser cannot be made.
  static func of(
    _ source: ByteSource, name: String, lists: ListOpener
  ) throws(YAMLError) -> ManifestReader {
    let markers = MergeMarkerWatch()
    let text = markers.watching(source)
    return ManifestReader(try YAMLParser(text), text, markers, name: name, lists)
  }

  private init(
    _ parser: consuming YAMLParser, _ text: ByteSource, _ markers: MergeMarkerWatch, name: String,
    _ lists: ListOpener
  ) {
    self.parser = parser
    self.text = text
    self.markers = markers
    self.lists = lists
    files = [name]
  }

  private mutating func readAll() -> ManifestReading {
    readDocument { (reader, event) throws(YAMLError) in try reader.readTop(event) }
    sortEntries()
    var manifest: Manifest?
    if let app, !diagnostics.hasErrors {
      let whole = Manifest(
        app: app, guards: guards, expect: expect, rulePlaces: rulePlaces, files: files,
        columns: columns, entries: entries)
      lint(whole)
      manifest = whole
    }
    diagnostics.sort()
    manifest?.warnings = diagnostics
    return ManifestReading(
      manifest: manifest, app: app, diagnostics: diagnostics, files: files)
  }

  /// Reads the one document with `top`, and notes what is wrong with the text.
  mutating func readDocument(
    empty: Problem = .emptyManifest,
    _ top: (inout ManifestReader, YAMLParser.Event) throws(YAMLError) -> Void
  ) {
    var failure: YAMLError?
    do throws(YAMLError) {
      try readStream(empty, top)
    } catch {
      failure = error
    }
    let firstMarker = noteMergeMarkers()
    // If the parser stops at a marker, report the marker.
    if let failure, !failure.isSyntax || failure.mark.line < firstMarker ?? .max {
      add(.error, at: failure.mark, .yaml(failure.kind))
    }
  }

  private mutating func readStream(
    _ empty: Problem,
    _ top: (inout ManifestReader, YAMLParser.Event) throws(YAMLError) -> Void
  ) throws(YAMLError) {
    _ = try parser.next()
    guard try parser.next() == .documentStart else {
      return add(.error, at: Mark(line: 1, column: 1), empty)
    }
    let event = try parser.next()
    if case .scalar(plain: true) = event, parser.scalar.isEmpty {
      add(.error, at: parser.mark, empty)
    } else {
      try top(&self, event)
    }
    _ = try parser.next()
    if try parser.next() != .streamEnd { add(.error, at: parser.mark, .secondDocument) }
  }

  // MARK: - The top level

  private enum TopKey: String, CaseIterable { case version, app, guards, expect, users }
  private static let topKeys = KeyTable<TopKey>("the manifest")

  private mutating func readTop(_ event: YAMLParser.Event) throws(YAMLError) {
    let start = parser.mark
    let seen = try readMapping(event, "The manifest", Self.topKeys) {
      (reader, key, event) throws(YAMLError) in
      switch key {
      case .version: try reader.readVersion(event)
      case .app: reader.app = try reader.readApp(event)
      case .guards: try reader.readGuards(event)
      case .expect: try reader.readExpect(event)
      case .users: try reader.readUsers(event)
      }
    }
    guard let seen else { return }
    if !seen.contains(.version) {
      add(.error, at: start, .missingKey("version", in: "The manifest", hint: "Add `version: 1`."))
    }
    if !seen.contains(.app) { add(.error, at: start, .missingKey("app", in: "The manifest")) }
    if !seen.contains(.users) { add(.error, at: start, .missingKey("users", in: "The manifest")) }
  }

  mutating func readVersion(_ event: YAMLParser.Event) throws(YAMLError) {
    guard let value = try readText(event, "`version`") else { return }
    if value != "1" { add(.error, at: parser.mark, .unsupportedVersion(value)) }
  }

  /// Notes where the value begins that was read last.
  mutating func notePlace(of rule: Rule) {
    rulePlaces.note(rule, Place(line: parser.mark.line, column: parser.mark.column))
  }

  // MARK: - Problems

  /// Notes each line that begins with a conflict marker, including those that the parser did not
  /// reach.
  /// - Returns: the first of them.
  private mutating func noteMergeMarkers() -> UInt32? {
    var chunk: [UInt8] = []
    var left = YAMLParser.Limits().totalBytes
    // A read failure is reported already, or hides only what follows it.
    repeat {
      guard (try? text.read(into: &chunk)) != nil else { break }
      left -= chunk.count
    } while !chunk.isEmpty && left > 0
    let lines = markers.scan.lines
    for line in lines { add(.error, at: Mark(line: line, column: 1), .unresolvedMerge) }
    return lines.first
  }

  mutating func add(
    _ severity: Diagnostic.Severity, at mark: Mark, _ problem: @autoclosure () -> Problem
  ) {
    diagnostics.add(severity, at: Place(line: mark.line, column: mark.column), problem())
  }
}

extension YAMLError {
  fileprivate var isSyntax: Bool {
    if case .syntax = kind { true } else { false }
  }
}
