import Dispatch
package import Foundation

/// The built executables, run as users run them.
package enum Built {
  /// Their folder: the test binary's.
  package static let folder: String = {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let candidates = [link, CommandLine.arguments.first].compactMap { $0 }
    let folders = candidates.map { URL(filePath: $0).deletingLastPathComponent().path }
    return folders.first { FileManager.default.isExecutableFile(atPath: $0 + "/imprune") } ?? "."
  }()

  package static var imprune: String { folder + "/imprune" }
  package static var sandbox: String { folder + "/imprune-sandbox" }
}

/// How a process ended.
package struct ProcessResult: Equatable, Sendable {
  package var out: String
  package var error: String
  /// The exit code; nil if a signal ended the process, or if it was killed after the timeout.
  package var code: Int32?

  package init(out: String, error: String, code: Int32?) {
    self.out = out
    self.error = error
    self.code = code
  }

  /// Both outputs and the code, as in a golden file.
  package var text: String {
    var text = out
    if !error.isEmpty { text += "--- stderr\n" + error }
    return text + "--- exit \(code.map(String.init) ?? "by a signal")\n"
  }
}

/// A running process; its outputs go to files, so that it never waits for a reader.
package final class ChildProcess {
  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let outputs: String
  private var result: ProcessResult?

  /// Starts `executable` in `folder`; `input` is its standard input, empty by default.
  package init(
    _ executable: String, _ arguments: [String], in folder: String,
    environment: [String: String] = [:], input: FileHandle? = nil
  ) throws {
    outputs = NSTemporaryDirectory() + "/imprune-output-" + UUID().uuidString
    for name in [outputs + ".out", outputs + ".error"] {
      _ = FileManager.default.createFile(atPath: name, contents: nil)
    }
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = environment
    process.standardInput = input ?? FileHandle.nullDevice
    let files = try [".out", ".error"].map {
      try FileHandle(forWritingTo: URL(filePath: outputs + $0))
    }
    // A Foundation process outlives its last use, and so do its files. Foundation also fails with
    // more than 1,365 open ones: it reads past the end of a directory listing.
    defer { for file in files { try? file.close() } }
    process.standardOutput = files[0]
    process.standardError = files[1]
    process.terminationHandler = { [ended] _ in ended.signal() }
    try process.run()
  }

  deinit {
    if result == nil {
      signal(SIGKILL)
      _ = end()
    }
    for name in [outputs + ".out", outputs + ".error"] {
      try? FileManager.default.removeItem(atPath: name)
    }
  }

  package var identifier: Int32 { process.processIdentifier }

  package var isRunning: Bool { process.isRunning }

  /// Sends a signal to the process, if it runs: the number of one that did not start is 0, and would
  /// stand for the processes of the tests.
  package func signal(_ number: Int32) {
    if process.isRunning { kill(process.processIdentifier, number) }
  }

  /// Standard error so far.
  package var errorSoFar: String { read(".error") }

  /// Waits for the end; kills a process that takes longer than `timeout` seconds.
  package func end(timeout: Double = 120) -> ProcessResult {
    if let result { return result }
    var code: Int32?
    if ended.wait(timeout: .now() + timeout) == .success {
      if process.terminationReason == .exit { code = process.terminationStatus }
    } else {
      signal(SIGKILL)
      _ = ended.wait(timeout: .now() + 10)
    }
    let result = ProcessResult(out: read(".out"), error: read(".error"), code: code)
    self.result = result
    return result
  }

  private func read(_ suffix: String) -> String {
    String(
      decoding: FileManager.default.contents(atPath: outputs + suffix) ?? Data(), as: UTF8.self)
  }
}

/// Waits until `condition` holds; false if it does not within a minute.
package func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<30_000 {
    if try condition() { return true }
    usleep(2000)
  }
  return false
}
