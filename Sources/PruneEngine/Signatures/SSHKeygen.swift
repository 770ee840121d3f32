import PruneCore

/// Runs ssh-keygen, which makes and checks signatures. imprune never reads a private key.
struct SSHKeygen {
  /// Why it cannot be used.
  enum Failure: Error, Equatable, Sendable {
    case system(SystemError)
    /// Older than OpenSSH 8.2.
    case tooOld
    /// It does not work here; its words.
    case broken(String)
  }

  /// What a signature is for: one for git or for a file approves nothing.
  static let namespace = "imprune-plan"

  /// The result of a command.
  struct Ending {
    let isGood: Bool
    let output: [UInt8]
    /// The first line of its standard error, or of its output, that says something.
    let words: String

    var lines: [String] { String(decoding: output, as: UTF8.self).lines }
  }

  private static let maxOutput = 1 << 16

  /// Whether it gets a variable of our environment.
  private let keeps: @Sendable (String) -> Bool
  private let additions: [String]
  /// How long it may say nothing; nil for any time.
  private let patience: Duration?

  /// For signing: with everything that leads to an agent, a hardware key or a prompt, but without
  /// the app's key. A person may have to type, or to touch a key.
  static let signing = SSHKeygen(
    keeps: { !$0.hasPrefix("IMPRUNE_") }, additions: [], patience: nil)
  /// For checking: no agent, no configuration, and messages in English. The times of a file of signers
  /// are local.
  static let checking = SSHKeygen(
    keeps: { ["PATH", "TZ"].contains($0) }, additions: ["LC_ALL=C"], patience: .seconds(30))

  /// Throws unless ssh-keygen is there, and knows how to find who signed (OpenSSH 8.2).
  func requireSupport() throws(Failure) {
    // Without arguments it fails in any case; an old version does not even know the operation.
    let words = try run(["-Y", "find-principals"]).words
    for sign in ["Unsupported operation", "unknown option", "illegal option", "invalid option"]
    where words.contains(sign) {
      throw .tooOld
    }
    guard words.contains("find-principals") else { throw .broken(words) }
  }

  /// Runs it to its end.
  func run(_ words: [String], input: [UInt8] = []) throws(Failure) -> Ending {
    do throws(SystemError) {
      let process = try Subprocess(
        ["ssh-keygen"] + words, takesInput: true, keeps: keeps, additions: additions,
        patience: patience)
      // If it has ended already, its words say why.
      try? process.write(input)
      process.closeInput()
      var (output, chunk): ([UInt8], [UInt8]) = ([], [])
      repeat {
        try process.read(into: &chunk, limit: 1 << 12)
        output += chunk
        // It ends with `process`.
        guard output.count <= Self.maxOutput else {
          return Ending(isGood: false, output: [], words: "it wrote too much")
        }
      } while !chunk.isEmpty
      let (code, errors) = process.end()
      // A warning about a key's permissions begins with a frame of @.
      let said = (errors.lines + String(decoding: output, as: UTF8.self).lines)
        .first { !$0.hasPrefix("@") }
      return Ending(
        isGood: code == 0, output: output, words: said ?? "it said nothing")
    } catch {
      throw error.isTimeout ? .broken("it did not answer") : .system(error)
    }
  }
}

extension String {
  /// The lines that are not empty, without line breaks.
  fileprivate var lines: [String] { split(whereSeparator: \.isNewline).map(String.init) }
}
