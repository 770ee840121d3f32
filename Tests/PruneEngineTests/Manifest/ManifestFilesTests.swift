import Foundation
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

/// Manifests and lists on disk.
@Suite struct ManifestFilesTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace()
    try place.makeFolder("team")
  }

  private func readFailure(_ name: String) -> ManifestFileError? {
    #expect(throws: ManifestFileError.self) { _ = try ManifestFiles.read(place.path(name)) }
  }

  // MARK: - The manifest

  @Test func `a missing manifest is refused`() {
    #expect(readFailure("none.yaml") == .missing(place.path("none.yaml")))
    #expect(readFailure("none/x.yaml") == .missing(place.path("none/x.yaml")))
  }

  @Test func `anything but a regular file is refused without blocking`() throws {
    try place.makeFIFO("fifo.yaml")
    #expect(readFailure("team") == .notAFile(place.path("team"), .folder))
    #expect(readFailure("fifo.yaml") == .notAFile(place.path("fifo.yaml"), .fifo))
    #expect(
      #expect(throws: ManifestFileError.self) { _ = try ManifestFiles.read("/dev/zero") }
        == .notAFile("/dev/zero", .device))
  }

  @Test func `a manifest that cannot be opened is refused`() throws {
    try place.link("loop.yaml", to: "loop.yaml")
    guard case .system(let error) = readFailure("loop.yaml") else {
      Issue.record("another failure")
      return
    }
    #expect(error.path == place.path("loop.yaml"))
    #expect(error.action == "open")
  }

  // MARK: - Lists

  /// The result of reading a manifest in `team` that names this list.
  private func read(list: String) throws -> ManifestReading {
    try place.write(
      "team/imprune.yaml",
      """
      version: 1
      app: {sdk_app_id: 1, region: china, edition: trial}
      users:
        - {ids_from: "\(list)", account: absent}

      """)
    return try ManifestFiles.read(place.path("team/imprune.yaml"))
  }

  private func expectRefused(
    _ list: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let reading = try read(list: list)
    #expect(reading.manifest == nil, sourceLocation: sourceLocation)
    #expect(reading.diagnostics.errors == 1, sourceLocation: sourceLocation)
    let problem = try #require(reading.diagnostics.kept.first, sourceLocation: sourceLocation)
    #expect(
      (problem.summary + ": " + problem.detail).contains(words),
      "\(problem)", sourceLocation: sourceLocation)
    #expect(
      problem.place == Place(line: 4, column: 16), sourceLocation: sourceLocation)
  }

  @Test func `a list in or below the manifest's folder is read`() throws {
    try place.write("team/leavers.txt", "a\nb\n")
    try place.write("team/lists/more.txt", "c\n")
    try place.write("team/lists/e\u{301}.txt", "d\n")
    for (list, count) in [
      ("leavers.txt", 2), ("./leavers.txt", 2), ("lists/more.txt", 1), ("lists/../leavers.txt", 2),
      ("lists/e\u{301}.txt", 1), (place.path("team/leavers.txt"), 2),
    ] {
      let reading = try read(list: list)
      #expect(reading.diagnostics.kept == [])
      #expect(reading.manifest?.count(of: .removeAccount) == count)
    }
  }

  @Test func `a link to a file inside the folder is followed`() throws {
    try place.write("team/leavers.txt", "a\n")
    try place.link("team/latest.txt", to: "leavers.txt")
    #expect(try read(list: "latest.txt").manifest?.count(of: .removeAccount) == 1)
    // The folder itself may be behind a link too.
    try place.link("here", to: "team")
    let reading = try ManifestFiles.read(place.path("here/imprune.yaml"))
    #expect(reading.manifest?.count(of: .removeAccount) == 1)
    #expect(reading.files.last == place.path("here/latest.txt"))
  }

  @Test func `no file outside the folder is read, by any path`() throws {
    try place.write("app.key", "the key\n")
    try place.write("team-key", "the key\n")
    try place.link("team/link.txt", to: "../app.key")
    try place.link("team/up", to: "..")
    try place.link("team/root", to: "/")
    for list in [
      "../app.key", "lists/../../app.key", "link.txt", "up/app.key", place.path("app.key"),
      "root/etc/passwd", "/etc/passwd", "/dev/zero", "../team-key",
    ] {
      try place.makeFolder("team/lists")
      try expectRefused(list, "outside")
      let reading = try read(list: list)
      #expect(!"\(reading.diagnostics.kept)".contains("the key"))
    }
  }

  @Test func `a folder with a similar name is outside`() throws {
    // One with a composed letter, the other with a letter and a combining accent.
    try place.write("\u{E9}/key.txt", "a\n")
    try place.makeFolder("e\u{301}")
    try place.write(
      "e\u{301}/imprune.yaml",
      """
      version: 1
      app: {sdk_app_id: 1, region: china, edition: trial}
      users:
        - {ids_from: "../\u{E9}/key.txt", account: absent}

      """)
    let reading = try ManifestFiles.read(place.path("e\u{301}/imprune.yaml"))
    #expect(reading.manifest == nil)
  }

  @Test func `anything but a regular file is not a list`() throws {
    try place.makeFolder("team/folder")
    try place.makeFIFO("team/fifo")
    try expectRefused("folder", "a folder")
    try expectRefused("fifo", "a FIFO")
    try expectRefused("none.txt", "List not found")
    try place.link("team/dangling.txt", to: "gone.txt")
    try expectRefused("dangling.txt", "List not found")
    try place.link("team/loop.txt", to: "loop.txt")
    try expectRefused("loop.txt", "Too many levels of symbolic links")
  }

  @Test func `a list above the size limit is an error`() throws {
    try place.write("team/large.txt", "")
    let file = try FileHandle(forWritingTo: URL(filePath: place.path("team/large.txt")))
    try file.truncate(atOffset: UInt64(ManifestFiles.maxListBytes) + 1)
    try file.close()
    try expectRefused("large.txt", "1")
  }

  @Test func `the name of a list leads to the list that was read`() throws {
    // The manifest may be a link into a folder below; a list of the same name may lie beside the link.
    try place.write("team/list.txt", "a\na\n")
    try place.write("list.txt", "decoy\ndecoy\n")
    try place.write(
      "team/linked.yaml",
      "version: 1\napp: {sdk_app_id: 1, region: china, edition: trial}\n"
        + "users:\n  - {ids_from: list.txt, account: absent}\n")
    try place.link("imprune.yaml", to: "team/linked.yaml")
    let path = place.path("imprune.yaml")
    let reading = try ManifestFiles.read(path)
    #expect(reading.files == [path, place.path("team/list.txt")])
    #expect(ManifestFiles.lines([2], of: reading.files[1], in: path) == [2: "a"])
  }

  @Test func `a slash divides a path whatever follows it`() throws {
    // A combining mark after a slash makes another Character of both.
    try place.write("team/\u{301}list.txt", "a\n")
    try place.makeFolder("team")
    try place.write(
      "team/\u{301}imprune.yaml",
      "version: 1\napp: {sdk_app_id: 1, region: china, edition: trial}\n"
        + "users:\n  - {ids_from: ../outside.txt, account: absent}\n")
    try place.write("outside.txt", "b\n")
    let reading = try ManifestFiles.read(place.path("team/\u{301}imprune.yaml"))
    #expect(reading.manifest == nil && reading.diagnostics.hasErrors)
    for (path, folder, name) in [
      ("a/\u{301}b", "a", "\u{301}b"), ("/\u{301}", "/", "\u{301}"), ("a", ".", "a"),
      ("/", "/", ""),
    ] {
      #expect(FileSystem.folder(of: path) == folder && FileSystem.name(of: path) == name)
    }
    #expect(FileSystem.isAbsolute("/\u{301}a") && !FileSystem.isAbsolute("a/"))
    #expect(FileSystem.names(in: "/a/\u{301}../..//b") == ["a", "\u{301}..", "..", "b"])
    #expect(
      !PlannedManifest.mayBeNamed("/\u{301}a") && !PlannedManifest.mayBeNamed("a/../\u{301}b"))
  }

  // MARK: - Lines

  @Test func `lines that must not be shown are not reread`() throws {
    try place.write("team/.git/config", "secret\n")
    try place.write("elsewhere.txt", "secret\n")
    try place.link("team/list.txt", to: "../elsewhere.txt")
    try place.link("team/other.txt", to: ".git/config")
    for name in ["team/list.txt", "team/other.txt", "elsewhere.txt"] {
      let lines = ManifestFiles.lines(
        [1], of: place.path(name), in: place.path("team/imprune.yaml"))
      #expect(lines == [:], "\(name)")
    }
  }

  @Test func `lines of a file are reread up to a huge line`() throws {
    var text = (1...30_000).map { "line \($0)\n" }.joined()
    text += String(repeating: "x", count: 3 << 20)
    try place.write("text", text)
    let path = place.path("text")
    #expect(
      ManifestFiles.lines([1, 29_999, 30_000], of: path, in: path)
        == [1: "line 1", 29_999: "line 29999", 30_000: "line 30000"])
    #expect(ManifestFiles.lines([30_001], of: path, in: path)[30_001]?.hasPrefix("xxxx") == true)
    #expect(ManifestFiles.lines([30_002], of: path, in: path) == [:])
    #expect(ManifestFiles.lines([], of: path, in: path) == [:])
    #expect(ManifestFiles.lines([1], of: place.path("none"), in: path) == [:])
    #expect(ManifestFiles.lines([1], of: place.path("team"), in: path) == [:])
  }
}
