import Foundation
import TestSupport
import Testing

/// A key stays in imprune's memory only.
@Suite struct DumpTests {
  /// Starts an apply that waits for its first response.
  private func waiting(_ place: TemporaryWorkspace, _ service: FakeService, unprivileged: Bool)
    throws
    -> ChildProcess
  {
    try place.write(
      "imprune.yaml",
      manifestText(port: service.port, users: "  - {id: user_0000001, account: absent}"))
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: place.folder)
    let words = ["precheck"]
    let process =
      unprivileged && geteuid() == 0
      ? try ChildProcess(
        "/usr/bin/setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups", Unprivileged.binary] + words,
        in: place.folder, environment: place.environment)
      : try ChildProcess(Built.imprune, words, in: place.folder, environment: place.environment)
    #expect(eventually { service.paths.count == 1 })
    return process
  }

  @Test func `imprune writes no core dump`() throws {
    let place = try TemporaryWorkspace.withKey()
    let service = try FakeService { _ in .silence }
    let process = try waiting(place, service, unprivileged: false)
    let limits = try String(
      contentsOfFile: "/proc/\(process.identifier)/limits", encoding: .utf8)
    let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file") })
    #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
    process.signal(SIGKILL)
    _ = process.end()
  }

  /// The files of a process in /proc that cannot be dumped belong to root.
  @Test(.enabled(if: Unprivileged.isAvailable))
  func `other processes of the user cannot read imprune's memory`() throws {
    let place = try TemporaryWorkspace.withKey()
    let service = try FakeService { _ in .silence }
    let process = try waiting(place, service, unprivileged: true)
    let attributes = try FileManager.default.attributesOfItem(
      atPath: "/proc/\(process.identifier)/environ")
    #expect(attributes[.ownerAccountID] as? Int == 0)
    process.signal(SIGKILL)
    _ = process.end()
  }

  @Test(.enabled(if: Unprivileged.isAvailable))
  func `imprune can still open its own descriptors`() throws {
    let place = try TemporaryWorkspace()
    let service = try FakeService { _ in .status(404) }
    try place.write(
      "imprune.yaml",
      manifestText(port: service.port, users: "  - {id: user_0000001, account: absent}"))
    try place.write("app.key", "key")
    for (name, mode) in [
      (place.folder, 0o777), (place.path("imprune.yaml"), 0o644), (place.path("app.key"), 0o644),
    ] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: name)
    }
    let shell = ["-c", "exec \"$0\" precheck < app.key", Unprivileged.binary]
    let environment = ["IMPRUNE_SECRET_KEY_FILE": "/dev/stdin"]
    let process =
      geteuid() == 0
      ? try ChildProcess(
        "/usr/bin/setpriv",
        ["--reuid=65534", "--regid=65534", "--clear-groups", "/bin/sh"] + shell, in: place.folder,
        environment: environment)
      : try ChildProcess("/bin/sh", shell, in: place.folder, environment: environment)
    let result = process.end()
    #expect(result.error.contains("a web page came back"), "\(result.text)")
    #expect(service.paths.count == 1)
  }
}
