import PruneCore
import TestSupport
import Testing

/// An expected problem: its marker, its summary, and a part of its detail.
struct Expected: Sendable {
  let severity: Diagnostic.Severity
  let marker: Character
  let summary: String
  let detail: String
  let related: Character?

  static func error(
    _ marker: Character, _ summary: String, _ detail: String, related: Character? = nil
  ) -> Expected {
    Expected(
      severity: .error, marker: marker, summary: summary, detail: detail, related: related)
  }

  static func warning(
    _ marker: Character, _ summary: String, _ detail: String, related: Character? = nil
  ) -> Expected {
    Expected(
      severity: .warning, marker: marker, summary: summary, detail: detail, related: related)
  }

  func fits(_ found: Found) -> Bool {
    found.severity == severity && found.marker == marker && found.summary == summary
      && found.detail.contains(detail) && found.related == related
  }
}

/// A reported problem, with its positions as markers.
struct Found: CustomStringConvertible {
  let severity: Diagnostic.Severity
  let place: String
  let marker: Character?
  let summary: String
  let detail: String
  let related: Character?

  var description: String {
    "\(marker.map(String.init) ?? place) \(severity): \(summary): \(detail)"
  }
}

/// Reads a marked manifest and its marked lists, and expects exactly these problems, in the order
/// of their positions. Every marker marks a problem, or a position that a problem refers to.
@discardableResult
func expectProblems(
  _ marked: String, lists: [String: String] = [:], files: [String: ListFixture] = [:],
  chunkSize: Int = 1 << 16, _ expected: Expected...,
  sourceLocation: SourceLocation = #_sourceLocation
) -> ManifestReading {
  let manifest = MarkedText(marked)
  let marks = lists.mapValues { MarkedText($0) }
  let fixtures = files.merging(marks.mapValues { .text($0.text) }) { one, _ in one }
  let reading = readManifest(manifest.text, lists: fixtures, chunkSize: chunkSize)
  func marker(_ place: Place) -> Character? {
    let text = place.file == 0 ? manifest : marks[reading.files[Int(place.file)]]
    return text?.marker(line: place.line, column: place.column)
  }
  let found = reading.diagnostics.kept.map {
    Found(
      severity: $0.severity, place: "\(reading.files[Int($0.place.file)]) \($0.place)",
      marker: marker($0.place), summary: $0.summary, detail: $0.detail,
      related: $0.related.flatMap(marker))
  }
  let fits = found.count == expected.count && zip(expected, found).allSatisfy { $0.fits($1) }
  #expect(
    fits, "found: \(found.map(\.description).joined(separator: "\n"))\nexpected: \(expected)",
    sourceLocation: sourceLocation)
  let errors = expected.count { $0.severity == .error }
  #expect(reading.diagnostics.errors == errors, sourceLocation: sourceLocation)
  #expect(reading.diagnostics.warnings == expected.count - errors, sourceLocation: sourceLocation)
  #expect((reading.manifest == nil) == (errors > 0), sourceLocation: sourceLocation)
  return reading
}

/// Reads a text that must be a valid manifest.
func expectManifest(
  _ text: String, lists: [String: ListFixture] = [:], chunkSize: Int = 1 << 16,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> Manifest {
  let reading = readManifest(text, lists: lists, chunkSize: chunkSize)
  return try #require(
    reading.manifest, "\(reading.diagnostics.kept)", sourceLocation: sourceLocation)
}

/// The beginning of a manifest that lacks only its users.
let head = """
  version: 1
  app:
    sdk_app_id: 1400000000
    region: singapore
    edition: trial

  """

/// A valid manifest with a test's text between app and users.
func manifest(with middle: String) -> String {
  head + middle + "\nusers:\n  - {id: a, account: absent}\n"
}

/// A manifest with these lines in `app`.
func manifest(app: String) -> String {
  "version: 1\napp: {\(app)}\nusers:\n  - {id: a, account: absent}\n"
}

/// A manifest with these entries, in YAML's flow style.
func manifest(guards: String = "", users entries: String...) -> String {
  head + (guards.isEmpty ? "" : "guards: \(guards)\n") + "users:\n"
    + entries.map { "  - \($0)\n" }.joined()
}
