import Foundation
import TestSupport
import Testing

/// `examples/install.sh`, run against a local server.
@Suite struct InstallTests {
  let server: ReleaseServer
  var place: TemporaryWorkspace { server.place }
  let folder: String

  init() throws {
    server = try ReleaseServer()
    folder = server.place.path("opt/imprune")
    try server.place.write("github-path", "/elsewhere\n")
  }

  // MARK: - It installs

  @Test func `a release is installed and on the path of later steps`() throws {
    let sha256 = try server.publish("mkdir -p $top/share; echo page >$top/share/page")
    let result = try server.install([ReleaseServer.version, sha256, folder])
    #expect(result.code == 0, "\(result)")
    #expect(result.out == "imprune \(ReleaseServer.version) is in \(folder)/bin\n")
    #expect(try place.text("opt/imprune/share/page") == "page\n")
    #expect(try place.text("github-path") == "/elsewhere\n\(folder)/bin\n")
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path("opt"))
    #expect(names == ["imprune"])
    let run = try ChildProcess(folder + "/bin/imprune", ["version"], in: place.folder).end()
    #expect(run.out == "imprune \(ReleaseServer.version)\n")
  }

  @Test func `without GitHub the script says how to reach imprune`() throws {
    let sha256 = try server.publish()
    let result = try server.install([ReleaseServer.version, sha256], ["GITHUB_PATH": ""])
    let bin = place.path("home/.local/imprune/bin")
    #expect(result.code == 0, "\(result)")
    #expect(result.out.contains("export PATH=\"\(bin):$PATH\""))
    #expect(place.exists("home/.local/imprune/bin/imprune"))
  }

  @Test func `an unfinished last line of the path file is finished first`() throws {
    try place.write("github-path", "/elsewhere")
    let sha256 = try server.publish()
    #expect(try server.install([ReleaseServer.version, sha256, folder]).code == 0)
    #expect(try place.text("github-path") == "/elsewhere\n\(folder)/bin\n")
  }

  @Test func `what is installed is replaced even by the same release`() throws {
    let sha256 = try server.publish()
    #expect(try server.install([ReleaseServer.version, sha256, folder]).code == 0)
    // The checksum is public: whoever can write to the folder can leave it beside another program.
    try place.write("opt/imprune/bin/imprune", "#!/bin/sh\necho hostile\n")
    #expect(try server.install([ReleaseServer.version, sha256, folder]).code == 0)
    #expect(try place.bytes("opt/imprune/bin/imprune").prefix(4) == [0x7F, 0x45, 0x4C, 0x46])
    #expect(try place.text("github-path") == "/elsewhere\n\(folder)/bin\n\(folder)/bin\n")
  }

  @Test func `a newer release replaces an older one`() throws {
    let old = try server.publish("echo old >$top/age; echo old >$top/only-old")
    #expect(try server.install([ReleaseServer.version, old, folder]).code == 0)
    let new = try server.publish("echo new >$top/age")
    #expect(try server.install([ReleaseServer.version, new, folder]).code == 0)
    #expect(try place.text("opt/imprune/age") == "new\n")
    #expect(!place.exists("opt/imprune/only-old"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("opt")) == ["imprune"])
  }

  @Test func `a folder with blanks and quotes works`() throws {
    let folder = place.path("a 'b' \"c\"/d e")
    let sha256 = try server.publish()
    #expect(try server.install([ReleaseServer.version, sha256, folder]).code == 0)
    #expect(FileManager.default.isExecutableFile(atPath: folder + "/bin/imprune"))
  }

  // MARK: - It refuses

  /// Expects that the script refuses with these words, and changes nothing.
  private func expectRefusal(
    _ words: String, _ arguments: [String], _ changes: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = server.contents("opt")
    let result = try server.install(arguments, changes)
    #expect(result.code == 1, "\(result)", sourceLocation: sourceLocation)
    #expect(result.error.contains(words), "\(result)", sourceLocation: sourceLocation)
    #expect(result.error.hasPrefix("install.sh: ") || result.error.contains("\ninstall.sh: "))
    #expect(
      try place.text("github-path") == "/elsewhere\n", sourceLocation: sourceLocation)
    #expect((server.contents("opt") ?? [:]) == (before ?? [:]), sourceLocation: sourceLocation)
  }

  @Test(
    arguments: [
      (["latest"], "'latest' is not a version"),
      (["../9.8.7"], "not a version"),
      (["v9.8.7"], "not a version"),
      (["9.8.7/x"], "not a version"),
      ([""], "not a version"),
    ])
  func `something else than a version is refused`(version: [String], words: String) throws {
    try expectRefusal(words, version + [String(repeating: "0", count: 64), folder])
  }

  @Test(
    arguments: [
      ("", "0 characters instead of 64"),
      (String(repeating: "a", count: 63), "63 characters instead of 64"),
      (String(repeating: "a", count: 65), "65 characters instead of 64"),
      (String(repeating: "A", count: 64), "other than 0-9 and a-f"),
      (String(repeating: "a", count: 63) + " ", "other than 0-9 and a-f"),
      ("SHA256", "other than 0-9 and a-f"),
    ])
  func `something else than a checksum is refused`(sha256: String, words: String) throws {
    try expectRefusal(words, [ReleaseServer.version, sha256, folder])
  }

  @Test func `an archive with another checksum is refused before it is read`() throws {
    _ = try server.publish()
    // tar would be the first to read it.
    try place.write("tools/tar", "#!/bin/sh\necho read >\(place.path("was-read"))\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.path("tools/tar"))
    try expectRefusal(
      "has another checksum",
      [ReleaseServer.version, String(repeating: "0", count: 64), folder])
    #expect(!place.exists("was-read"))
  }

  @Test func `an address that is not HTTPS is refused, also after a redirect`() throws {
    let sha256 = try server.publish()
    let arguments = [ReleaseServer.version, sha256, folder]
    for address in ["http://127.0.0.1:1", "file:///tmp", "ftp://127.0.0.1", ""] {
      guard !address.isEmpty else { continue }
      try expectRefusal(
        "is not an HTTPS address", arguments, ["IMPRUNE_RELEASES": address])
    }
    for target in ["http://127.0.0.1:1/x", "file:///etc/passwd"] {
      try server.respond("302 Found\r\nLocation: \(target)")
      try expectRefusal("could not be downloaded", arguments)
    }
  }

  @Test func `a curl configuration of the user does not weaken the download`() throws {
    let sha256 = try server.publish()
    try place.write("home/.curlrc", "insecure\nproto = all\noutput = /dev/null\n")
    try expectRefusal(
      "could not be downloaded", [ReleaseServer.version, sha256, folder],
      ["CURL_CA_BUNDLE": "", "SSL_CERT_FILE": "/dev/null"])
  }

  @Test func `a release that does not exist is refused`() throws {
    try server.respond("404 Not Found")
    try expectRefusal(
      "could not be downloaded",
      [ReleaseServer.version, String(repeating: "0", count: 64), folder])
  }

  @Test(
    arguments: [
      ("echo x >../escaped", "tar -czPf ../archive $top ../escaped", "outside"),
      ("", "tar -czPf ../archive $top /etc/hostname", "outside"),
      ("mkdir other; echo x >other/file", "tar -czf ../archive $top other", "outside"),
      ("echo x >file", "tar -czf ../archive $top file", "outside"),
      ("ln -s /etc $top/link", "tar -czf ../archive $top", "links or devices"),
      ("ln $top/bin/imprune $top/twin", "tar -czf ../archive $top", "links or devices"),
      ("mkfifo $top/pipe", "tar -czf ../archive $top", "links or devices"),
      ("echo x >$top/file", "tar -cf ../archive $top", "not an archive"),
      ("", "head -c 1000 /dev/zero >../archive", "not an archive"),
      ("rm $top/bin/imprune", "tar -czf ../archive $top", "contains no bin/imprune"),
    ])
  func `an archive that is not made like ours is refused`(
    commands: String, pack: String, words: String
  ) throws {
    let sha256 = try server.publish(commands, pack: pack)
    try expectRefusal(words, [ReleaseServer.version, sha256, folder])
    #expect(!place.exists("opt/escaped"))
  }

  @Test(
    arguments: [
      // The two bytes of an ELF header that name the machine: here a 68000.
      (
        #"printf '\004\000' | dd of=$top/bin/imprune bs=1 seek=18 conv=notrunc 2>/dev/null"#,
        "is not a program for"
      ),
      ("echo '#!/bin/sh' >$top/bin/imprune", "is not a program for"),
      (#"sed -i 's/GLIBC_2\.34/GLIBC_9.99/' $top/bin/imprune"#, "glibc is too old"),
      (#"sed -i 's/libc\.so\.6/libq.so.6/' $top/bin/imprune"#, "libcurl4 libyaml-0-2"),
    ])
  func `a program that cannot run here is refused`(commands: String, words: String) throws {
    let sha256 = try server.publish(commands)
    try expectRefusal(words, [ReleaseServer.version, sha256, folder])
  }

  @Test func `a folder that the script did not make is left alone`() throws {
    let sha256 = try server.publish()
    try place.write("opt/imprune/mine", "mine")
    try expectRefusal("did not create it", [ReleaseServer.version, sha256, folder])
    try place.remove("opt/imprune/mine")
    try expectRefusal("did not create it", [ReleaseServer.version, sha256, folder])
    try place.remove("opt/imprune")
    try place.write("opt/imprune", "a file")
    try expectRefusal("did not create it", [ReleaseServer.version, sha256, folder])
  }

  @Test func `a refused update leaves the old release`() throws {
    let old = try server.publish("echo old >$top/age")
    try place.write("no-path", "")
    let path = ["GITHUB_PATH": place.path("no-path")]
    #expect(try server.install([ReleaseServer.version, old, folder], path).code == 0)
    let new = try server.publish("ln -s /etc $top/link")
    try expectRefusal("links or devices", [ReleaseServer.version, new, folder])
    #expect(try place.text("opt/imprune/age") == "old\n")
  }

  @Test func `an archive of another version is refused`() throws {
    let name = ReleaseServer.name.replacing(ReleaseServer.version, with: "99.0.0")
    let sha256 = try server.publish("mv $top \(name)")
    try server.respond("200 OK", try place.bytes("archive"), version: "99.0.0")
    try expectRefusal(
      "contains 'imprune \(ReleaseServer.version)' instead of imprune 99.0.0",
      ["99.0.0", sha256, folder])
  }

  @Test func `a run that another one has overtaken does not say that it installed`() throws {
    let sha256 = try server.publish()
    try place.write(
      "tools/mv",
      "#!/bin/sh\ncase $2 in */imprune-*) /bin/mkdir -p '\(folder)/other' ;; esac\n"
        + "exec /bin/mv \"$@\"\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.path("tools/mv"))
    let result = try server.install([ReleaseServer.version, sha256, folder])
    #expect(result.code == 1)
    #expect(result.error.contains("Run it again."))
    #expect(try place.text("github-path") == "/elsewhere\n")
  }

  @Test func `a path file that cannot be written is refused before anything is changed`() throws {
    let sha256 = try server.publish()
    for path in [place.folder, place.path("missing/file")] {
      try expectRefusal(
        "cannot be written", [ReleaseServer.version, sha256, folder], ["GITHUB_PATH": path])
    }
  }

  @Test(arguments: ["/", "~/imprune", "a/..", "a/.", "a//"])
  func `a folder that cannot be created anew is refused`(folder: String) throws {
    try expectRefusal(
      "older", [ReleaseServer.version, String(repeating: "0", count: 64), folder])
  }

  @Test func `options of tar in the environment change nothing`() throws {
    let sha256 = try server.publish("mkdir -p $top/share; echo page >$top/share/page.md")
    let result = try server.install(
      [ReleaseServer.version, sha256, folder], ["TAR_OPTIONS": "--exclude=*.md"])
    #expect(result.code == 0, "\(result)")
    #expect(place.exists("opt/imprune/share/page.md"))
  }

  @Test func `wrong numbers of arguments show the usage`() throws {
    for arguments in [[], ["9.8.7"], ["9.8.7", "a", "b", "c"]] {
      let result = try server.install(arguments)
      #expect(result.code == 64)
      #expect(result.error == "Usage: install.sh VERSION SHA256 [FOLDER]\n")
    }
  }
}
