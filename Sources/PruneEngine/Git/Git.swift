import PruneCore

/// Runs git only to read a clone: without network, hooks, filters, prompts or a pager, and without
/// the variables by which a git hook selects another repository.
struct Git {
  /// The folder in which it runs.
  let folder: String

  private static let options = [
    "--no-pager",
    // What a repository's own configuration could make git run.
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
    // Files of a pull request that look like a repository are not one.
    "-c", "safe.bareRepository=explicit",
    "-c", "protocol.allow=never", "-c", "core.warnAmbiguousRefs=false",
  ]

  private static let additions = [
    // Git knows the first option from 2.45 on. Older versions fetch objects of a partial clone over
    // a transport, and none is allowed.
    "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=",
    // Use the reviewed commits, not this clone's replacements for them.
    "GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=/dev/null",
    "GIT_LITERAL_PATHSPECS=1", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=false", "GIT_OPTIONAL_LOCKS=0",
  ]

  /// The git variables that it gets: where its configuration is, and how far up to search for a
  /// repository. It gets none of `git rev-parse --local-env-vars`.
  private static let kept: Set = [
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH",
  ]

  /// Whether git gets a variable of our environment; it does not need the app's key.
  static func keeps(_ variable: String) -> Bool {
    if variable.hasPrefix("GIT_") { return kept.contains(variable) }
    return !variable.hasPrefix("IMPRUNE_") && variable != "SSH_ASKPASS"
  }

  /// Starts a command that reads requests one by one.
  func start(_ words: [String], takesInput: Bool = true) throws(GitError) -> Subprocess {
    try attempt(
      Subprocess(
        ["git", "-C", folder] + Self.options + words, takesInput: takesInput, keeps: Self.keeps,
        additions: Self.additions), orThrow: GitError.system)
  }

  /// The result of a command.
  struct Ending {
    /// Nil if a signal ended it.
    var code: Int32?
    var output: [UInt8]
    /// Git's standard error.
    var words: String
  }

  /// The maximum output, in bytes.
  private static let mostOutput = 1 << 26

  /// Runs a command to its end.
  func end(of words: [String]) throws(GitError) -> Ending {
    var output: [UInt8] = []
    let subprocess = try start(words, takesInput: false)
    var chunk: [UInt8] = []
    repeat {
      try attempt(subprocess.read(into: &chunk, limit: 1 << 16), orThrow: GitError.system)
      output += chunk
    } while !chunk.isEmpty && output.count <= Self.mostOutput
    let (code, words) = subprocess.end()
    return Ending(code: code, output: output, words: words)
  }

  /// The output of a command that must succeed.
  func output(of words: [String]) throws(GitError) -> [UInt8] {
    let ending = try end(of: words)
    guard ending.code == 0 else {
      throw .failed(command: words.first ?? "", words: ending.words)
    }
    return ending.output
  }

  /// The output of a command that must succeed, without its final line break: a path may contain
  /// others.
  func line(of words: [String]) throws(GitError) -> String {
    var output = try output(of: words)
    if output.last == UInt8(ascii: "\n") { output.removeLast() }
    return String(decoding: output, as: UTF8.self)
  }
}
