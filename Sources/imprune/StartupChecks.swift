import PruneCore
import PruneEngine

/// What imprune needs from the system before it can do anything.
enum StartupChecks {
  /// More than any command needs in addition to its connections. With too few, a failed open in the
  /// middle of a run would end the tool.
  private static let descriptors = 32

  /// Returns nil if everything is there; otherwise prints what is missing, and returns the exit code.
  static func failure() -> Exit? {
    let (hasOutput, hasError) = (Process.isOpen(1), Process.isOpen(2))
    // An opened file takes the lowest free number; messages would then go into that file.
    Process.fillStandardDescriptors()
    let console = Console(noColor: true)
    // The arguments come from /proc; without them every command would look like a call without
    // arguments.
    if CommandLine.arguments.isEmpty {
      _ = console.fail(
        "imprune cannot read its command line",
        "imprune reads it from /proc/self/cmdline, but /proc is not mounted. Mount it: `mount -t "
          + "proc proc /proc`. imprune did nothing.")
      return .error
    }
    if !hasError { return .error }
    if let place = Process.misencoded() {
      _ = console.fail(
        "\(place) is not UTF-8",
        "imprune reads names and texts as UTF-8. Rename the file, or correct "
          + "the value. imprune did nothing.")
      return .error
    }
    if let option = SingleOptions.repeated(in: CommandLine.arguments) {
      _ = console.fail(
        "\(option) is given twice",
        "It takes one value, and imprune does not choose between two. Leave "
          + "one out. imprune did nothing.", status: .usage)
      return .usage
    }
    if !hasOutput {
      _ = console.fail(
        "standard output is closed",
        "imprune's output would be lost. Leave standard output open, or redirect it: `> "
          + "/dev/null`. imprune did nothing.")
      return .error
    }
    if !Process.canOpen(descriptors) {
      _ = console.fail(
        "the limit of open files is too low",
        "imprune needs \(descriptors) more file descriptors. Raise the limit, for example with "
          + "`ulimit -n 1024`. imprune did nothing.")
      return .error
    }
    return nil
  }
}
