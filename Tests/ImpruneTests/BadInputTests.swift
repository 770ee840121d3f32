import Foundation
import TestSupport
import Testing

/// Invalid input: each has a clear error, never a crash and never an endless wait.
@Suite struct BadInputTests {
  let place: TemporaryWorkspace

  init() throws {
    place = try TemporaryWorkspace.withKey()
  }

  /// Runs every command that reads a manifest; each must exit with 1 and print the words, on
  /// standard error only.
  private func expectError(
    _ manifest: String, _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let commands = [
      ["validate", manifest], ["plan", manifest],
      ["apply", manifest, "--auto-approve", "--new-state"],
    ]
    for command in commands {
      let process = try ChildProcess(
        Built.imprune, command, in: place.folder, environment: place.environment)
      let result = place.end(process)
      #expect(result.code == 1, "\(command[0])", sourceLocation: sourceLocation)
      #expect(result.out == "", sourceLocation: sourceLocation)
      for word in words {
        #expect(result.error.contains(word), sourceLocation: sourceLocation)
      }
      #expect(result.error.utf8.count < 20_000, sourceLocation: sourceLocation)
    }
  }

  // MARK: - The manifest

  @Test func `a missing manifest is an error`() throws {
    try expectError("imprune.yaml", ["There is no manifest at imprune.yaml", "imprune init"])
    try expectError("no/such/folder.yaml", ["There is no manifest at no/such/folder.yaml"])
    #expect(place.names == [])
  }

  @Test(arguments: ["", "\n\n", "# nothing\n", "---\n", "---\n...\n"])
  func `an empty manifest is an error`(text: String) throws {
    try place.write("imprune.yaml", text)
    try expectError("imprune.yaml", ["imprune.yaml:", "Empty manifest"])
  }

  @Test func `a manifest with users but no value is an error`() throws {
    try place.write("imprune.yaml", manifestText(users: "  # - {id: a, account: absent}"))
    try expectError("imprune.yaml", ["imprune.yaml:10:7: error: Wrong type", "write `users: []`"])
  }

  @Test func `a folder, a FIFO or a device as the manifest is an error`() throws {
    try place.makeFolder("folder.yaml")
    try expectError("folder.yaml", ["folder.yaml is a folder"])
    try place.makeFIFO("fifo.yaml")
    try expectError("fifo.yaml", ["fifo.yaml is a FIFO"])
    try expectError("/dev/zero", ["/dev/zero is a device"])
    try place.link("loop.yaml", to: "loop.yaml")
    try expectError("loop.yaml", ["cannot open loop.yaml: Too many levels of symbolic links"])
  }

  @Test(.enabled(if: Unprivileged.isAvailable))
  func `an unreadable file is an error`() throws {
    try place.write("imprune.yaml", manifestText(users: "  - {id: a, account: absent}"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.folder)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o000], ofItemAtPath: place.path("imprune.yaml"))
    let manifest = try Unprivileged.imprune(["plan"], in: place.folder)
    #expect(manifest.code == 1)
    #expect(manifest.error.contains("cannot open imprune.yaml: Permission denied"))

    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: place.path("imprune.yaml"))
    try place.write("imprune.state", StateFixture().text)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o000], ofItemAtPath: place.path("imprune.state"))
    let state = try Unprivileged.imprune(["plan"], in: place.folder)
    #expect(state.code == 1)
    #expect(state.error.contains("imprune.state: Permission denied"))
  }

  /// The folder is not writable: first nothing in it, then only the lock.
  @Test(.enabled(if: Unprivileged.isAvailable), arguments: [false, true])
  func `a folder that is not writable is an error`(hasLock: Bool) throws {
    let sandbox = try Sandbox(["--users", "2"])
    try place.write(
      "imprune.yaml",
      manifestText(
        port: sandbox.port, edition: "trial", enabled: "",
        users: "  - {id: user_0000001, account: absent}"))
    try place.write("imprune.state", StateFixture().text)
    if hasLock { try place.write("imprune.state.lock", "") }
    for name in place.names {
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o666], ofItemAtPath: place.path(name))
    }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o555], ofItemAtPath: place.folder)
    let names = place.names
    let environment = ["IMPRUNE_SECRET_KEY": Sandbox.key]
    let result = try Unprivileged.imprune(
      ["apply", "--auto-approve"], in: place.folder, environment)
    #expect(result.code == 1, "\(result.text)")
    // With a lock, the trial save detects it.
    let file = hasLock ? "-1.tmp" : "imprune.state.lock"
    #expect(result.error.contains("\(file): Permission denied"), "\(result.text)")
    #expect(place.names == names)
    #expect(try place.text("imprune.state") == StateFixture().text)
    // Nothing was sent, not even the precheck.
    #expect(try sandbox.counters().calls.isEmpty)
    #expect(try sandbox.users().count == 2)
  }

  @Test(arguments: [
    [0xFF], [0xFF, 0xFE, 0xFF], [0x61, 0x3A, 0x20, 0xFF, 0x0A], [0xC3], [0x00], [0xED, 0xA0, 0x80],
  ])
  func `binary data is an error`(bytes: [UInt8]) throws {
    try place.write("imprune.yaml", bytes)
    try expectError("imprune.yaml", ["imprune.yaml:1:", ": error: Invalid text"])
  }

  @Test func `a line of a gibibyte of zeros is an error`() throws {
    try place.write("imprune.yaml", "")
    let file = try FileHandle(forWritingTo: URL(filePath: place.path("imprune.yaml")))
    try file.truncate(atOffset: 1 << 30)
    try file.close()
    try expectError("imprune.yaml", ["imprune.yaml:1:1: error: Invalid text"])
  }

  @Test func `an endless line after good lines is an error`() throws {
    try place.write("imprune.yaml", manifestText(users: "  - id: ") + "# ")
    let file = try FileHandle(forWritingTo: URL(filePath: place.path("imprune.yaml")))
    try file.seekToEnd()
    let letters = Data(repeating: UInt8(ascii: "a"), count: 1 << 20)
    for _ in 0..<64 { try file.write(contentsOf: letters) }
    try file.truncate(atOffset: 1 << 30)
    try file.close()
    try expectError("imprune.yaml", ["error: Value too long", "longer than 1 MiB"])
  }

  @Test func `deeply nested text is an error`() throws {
    try place.write("imprune.yaml", "users: " + String(repeating: "[", count: 100_000))
    try expectError("imprune.yaml", ["imprune.yaml:1:"])
  }

  // MARK: - Lists

  private func writeManifest(list: String) throws {
    try place.write(
      "imprune.yaml", manifestText(users: "  - {ids_from: \(list), account: absent}"))
  }

  @Test func `a list that is not a file is an error`() throws {
    try place.makeFolder("folder")
    try place.makeFIFO("fifo")
    try place.link("zero", to: "/dev/zero")
    for (list, words) in [
      ("/dev/zero", "outside the manifest's folder"), ("zero", "outside the manifest's folder"),
      ("../imprune.txt", "List not found"), ("/etc/passwd", "outside the manifest's folder"),
      ("folder", "is a folder"), ("fifo", "is a FIFO"), ("none.txt", "List not found"),
    ] {
      try writeManifest(list: list)
      try expectError("imprune.yaml", ["imprune.yaml:11:16: error: ", words])
    }
  }

  @Test func `a list with one endless line is an error`() throws {
    try writeManifest(list: "list.txt")
    try place.write("list.txt", String(repeating: "a", count: 40 << 20))
    try expectError("imprune.yaml", ["list.txt:1:1: error: "])
  }

  @Test func `a list above the size limit is an error`() throws {
    try writeManifest(list: "list.txt")
    try place.write("list.txt", "")
    let file = try FileHandle(forWritingTo: URL(filePath: place.path("list.txt")))
    try file.truncate(atOffset: 1 << 40)
    try file.close()
    try expectError("imprune.yaml", ["imprune.yaml:11:16: error: "])
  }

  // MARK: - The state

  @Test func `a state that is a folder, a FIFO or a dangling link is an error`() throws {
    try place.write("imprune.yaml", manifestText(users: "  - {id: a, account: absent}"))
    try place.makeFolder("folder.state")
    try place.makeFIFO("fifo.state")
    for (state, words) in [
      ("folder.state", "folder.state is a folder"), ("fifo.state", "is a FIFO"),
      ("no/such/x.state", "cannot resolve no/such"),
    ] {
      for command in [
        ["plan"], ["apply", "--auto-approve", "--new-state"], ["state", "list"],
        ["state", "verify"], ["state", "recover"],
      ] {
        let process = try ChildProcess(
          Built.imprune, command + ["--state", state], in: place.folder,
          environment: place.environment)
        let result = process.end()
        #expect(result.code == 1, "\(command) \(state)")
        #expect(result.error.contains(words), "\(command) \(state)")
      }
    }
  }

  @Test func `a journal that imprune did not write is an error`() throws {
    try place.write("imprune.yaml", manifestText(users: "  - {id: a, account: absent}"))
    let state = StateFixture().text
    try place.write("imprune.state", state)
    for text in ["something else\n", "{}\nand more\n"] {
      try place.write("imprune.state.journal", text)
      for command in [["plan"], ["apply", "--auto-approve"], ["state", "recover"]] {
        let process = try ChildProcess(
          Built.imprune, command, in: place.folder, environment: place.environment)
        let result = process.end()
        #expect(result.code == 1)
        #expect(result.error.contains("the journal \(place.path("imprune.state.journal"))"))
      }
      #expect(try place.text("imprune.state.journal") == text)
      #expect(try place.text("imprune.state") == state)
    }
  }
}

/// A folder of this process for a copy of imprune.
private let folderForAll = NSTemporaryDirectory() + "/imprune-for-all-\(getpid())"

/// imprune run as an unprivileged user.
enum Unprivileged {
  /// imprune where every user may run it: the checkout may be in a folder that only root may enter.
  static let binary: String = {
    guard geteuid() == 0 else { return Built.imprune }
    let copy = folderForAll + "/imprune"
    try? FileManager.default.createDirectory(
      atPath: folderForAll, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o755])
    try? FileManager.default.copyItem(atPath: Built.imprune, toPath: copy)
    atexit { try? FileManager.default.removeItem(atPath: folderForAll) }
    return copy
  }()

  /// Whether that is possible here: as root only with setpriv.
  static let isAvailable: Bool = {
    if geteuid() != 0 { return true }
    return (try? imprune(["version"], in: "/").code) == 0
  }()

  static func imprune(
    _ arguments: [String], in folder: String, _ environment: [String: String] = [:]
  ) throws -> ProcessResult {
    if geteuid() != 0 {
      return try ChildProcess(Built.imprune, arguments, in: folder, environment: environment).end()
    }
    let options = ["--reuid=65534", "--regid=65534", "--clear-groups", binary]
    return try ChildProcess(
      "/usr/bin/setpriv", options + arguments, in: folder, environment: environment
    ).end()
  }
}
