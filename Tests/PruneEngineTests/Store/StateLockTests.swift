import Foundation
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

@Suite struct StateLockTests {
  let place: TemporaryWorkspace
  let files: StateFiles

  init() throws {
    place = try TemporaryWorkspace()
    files = try StateFiles(name: place.path("imprune.state"))
  }

  @Test func `a second process learns who holds the lock and why`() throws {
    let lock = try StateLock(files, command: "imprune apply team.yaml")
    let error = #expect(throws: StateLock.Failure.self) {
      try StateLock(files, command: "imprune state recover")
    }
    guard case .held(let holder) = error else {
      Issue.record("not held: \(String(describing: error))")
      return
    }
    #expect(holder.hasPrefix("pid \(ProcessInfo.processInfo.processIdentifier) on "))
    #expect(holder.contains(", imprune apply team.yaml, since 20"))
    // A refused attempt does not overwrite the holder's text.
    #expect(StateLock.holder(files) == holder)
    withExtendedLifetime(lock) {}
  }

  @Test func `the lock ends with its holder, but its file stays`() throws {
    do {
      let lock = try StateLock(files, command: "first")
      withExtendedLifetime(lock) {}
    }
    #expect(place.names == ["imprune.state.lock"])
    let lock = try StateLock(files, command: "second")
    #expect(StateLock.holder(files)?.contains(", second, ") == true)
    #expect(StateLock.holder(files)?.contains("first") == false)
    withExtendedLifetime(lock) {}
  }

  @Test func `two paths of one state share a lock`() throws {
    try place.write("imprune.state", "x")
    try place.link("other.state", to: "imprune.state")
    let lock = try StateLock(files, command: "first")
    let other = try StateFiles(name: place.path("other.state"))
    #expect(throws: StateLock.Failure.self) { try StateLock(other, command: "second") }
    withExtendedLifetime(lock) {}
  }

  @Test func `a lock of another process is respected`() throws {
    try place.write("imprune.state.lock", "pid 1 on elsewhere, something, since now\n")
    let other = try ChildProcess(
      "/usr/bin/flock", ["-F", files.lock, "/bin/sh", "-c", "echo held >&2; exec sleep 60"],
      in: place.folder, environment: ["PATH": "/usr/bin:/bin"])
    #expect(eventually { other.errorSoFar.contains("held") })
    #expect(
      throws: StateLock.Failure.held(by: "pid 1 on elsewhere, something, since now")
    ) { try StateLock(files, command: "mine") }
    other.signal(SIGKILL)
    _ = other.end()
    _ = try StateLock(files, command: "mine")
  }

  @Test(arguments: [1, 3])
  func `a lock file replaced during locking is locked again`(times: Int) throws {
    let disk = SwappingDisk(place, times: times)
    let lock = try StateLock(StateFiles(path: files.path, on: disk), command: "first")
    #expect(disk.isDone)
    #expect(lock.loss() == nil)
    // The file at the path keeps others out.
    #expect(throws: StateLock.Failure.self) { try StateLock(files, command: "second") }
    withExtendedLifetime(lock) {}
  }

  @Test func `a lock file replaced repeatedly is an error`() throws {
    let files = StateFiles(path: files.path, on: SwappingDisk(place, times: .max))
    #expect(throws: StateLock.Failure.keptChanging) { try StateLock(files, command: "first") }
  }

  @Test func `a lock in a missing folder is a system error`() throws {
    try place.makeFolder("team")
    let files = try StateFiles(name: place.path("team/imprune.state"))
    try place.remove("team")
    let error = #expect(throws: StateLock.Failure.self) { try StateLock(files, command: "x") }
    guard case .system(let cause) = error else {
      Issue.record("no system failure: \(String(describing: error))")
      return
    }
    #expect(cause.isMissing)
    #expect(cause.path == files.lock)
  }
}
