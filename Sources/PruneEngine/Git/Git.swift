/// Git, run to read what a clone holds, and for nothing else: no network, no hook, filter, prompt or
/// pager, and none of the variables by which a hook of git points at another repository.
struct Git {
  /// The folder that it runs in.
  let folder: String

  private static let options = [
    "--no-pager",
    // What a repository's own configuration may have git run.
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
    // Files of a pull request that look like a repository are none.
    "-c", "safe.bareRepository=explicit",
    "-c", "protocol.allow=never", "-c", "core.warnAmbiguousRefs=false",
  ]

  private static let additions = [
    // The first is known to git from 2.45 on. Before, objects of a partial clone are fetched by a
    // transport, and none is allowed.
    "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=",
    // The commits that were reviewed, not what this clone puts in their place.
    "GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=/dev/null",
    "GIT_LITERAL_PATHSPECS=1", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=false", "GIT_OPTIONAL_LOCKS=0",
  ]

  /// The variables of git that it is given: where its configuration lies, and how far up a
  /// repository is looked for. All of `git rev-parse --local-env-vars` is kept from it.
  private static let kept: Set = [
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH",
  ]

  /// Whether git is given a variable of our environment; the app's key is none of its business.
  static func keeps(_ variable: String) -> Bool {
    if variable.hasPrefix("GIT_") { return kept.contains(variable) }
    return !variable.hasPrefix("IMPRUNE_") && variable != "SSH_ASKPASS"
  }

  /// Starts a command that is given its questions one by one.
  func start(_ words: [String]) throws(SystemError) -> Subprocess {
    try Subprocess(
      ["git", "-C", folder] + Self.options + words, takesInput: true, keeps: Self.keeps,
      additions: Self.additions)
  }

  /// What a command came to.
  struct Ending {
    /// Nil if a signal ended it.
    var code: Int32?
    var output: [UInt8]
    /// What git has said on standard error.
    var words: String
  }

  /// The most bytes of output that are read.
  private static let mostOutput = 1 << 26

  /// Runs a command to its end.
  func end(of words: [String]) throws(GitError) -> Ending {
    var output: [UInt8] = []
    do throws(SystemError) {
      let subprocess = try Subprocess(
        ["git", "-C", folder] + Self.options + words, keeps: Self.keeps, additions: Self.additions)
      var chunk: [UInt8] = []
      repeat {
        try subprocess.read(into: &chunk, limit: 1 << 16)
        output += chunk
      } while !chunk.isEmpty && output.count <= Self.mostOutput
      let (code, words) = subprocess.end()
      return Ending(code: code, output: output, words: words)
    } catch {
      throw .system(error)
    }
  }

  /// The output of a command that must succeed.
  func output(of words: [String]) throws(GitError) -> [UInt8] {
    let ending = try end(of: words)
    guard ending.code == 0 else {
      throw .failed(command: words.first ?? "", words: ending.words)
    }
    return ending.output
  }

  /// The output of a command that must succeed, without the end of its line: a path may hold others.
  func line(of words: [String]) throws(GitError) -> String {
    var output = try output(of: words)
    if output.last == UInt8(ascii: "\n") { output.removeLast() }
    return String(decoding: output, as: UTF8.self)
  }
}
