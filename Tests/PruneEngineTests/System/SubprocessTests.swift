import Testing

@testable import PruneEngine

/// Commands that do not end.
@Suite struct SubprocessTests {
  private func shell(_ script: String, patience: Duration?) throws -> Subprocess {
    try Subprocess(["/bin/sh", "-c", script], keeps: { $0 == "PATH" }, patience: patience)
  }

  @Test func `a command that says nothing is not waited for`() throws {
    let process = try shell("exec sleep 1000", patience: .milliseconds(1))
    var chunk: [UInt8] = []
    #expect(throws: SystemError(action: "wait for", path: "/bin/sh", code: 110)) {
      try process.read(into: &chunk, limit: 1)
    }
    #expect(process.end().code == nil)
  }

  @Test func `a command that closes its output and stays is ended`() throws {
    let process = try shell("exec sleep 1000 >&- 2>&-", patience: .milliseconds(1))
    #expect(process.end().code == nil)
  }

  @Test func `the exit code and the words of a command in time are kept`() throws {
    for patience in [nil, Duration.seconds(60)] {
      let process = try shell("echo out; echo why >&2; exit 7", patience: patience)
      let ending = process.end()
      #expect(ending.code == 7 && ending.words == "why\n")
    }
  }
}
