import PruneCore
import PruneEngine

/// What the tool needs of the system before it can do anything.
enum Surroundings {
  /// More than any command needs besides its connections. With too few, what cannot be opened halfway
  /// would end the tool at once.
  private static let descriptors = 32

  /// Whether it is there; says what is not.
  static func areUsable() -> Bool {
    let (hasOutput, hasError) = (Process.isOpen(1), Process.isOpen(2))
    // A file that is opened takes the lowest free number, and what people read would go into it.
    Process.fillStandardDescriptors()
    let console = Console(noColor: true)
    // The words of the command line come from /proc, and without them every command would look like
    // none.
    if CommandLine.arguments.isEmpty {
      _ = console.fail(
        "the command line cannot be read",
        "It is read from /proc/self/cmdline, and there is no /proc here. Mount it: "
          + "`mount -t proc proc /proc`. Nothing was done.")
      return false
    }
    if !hasError { return false }
    if !hasOutput {
      _ = console.fail(
        "standard output is closed",
        "What imprune shows would be lost. Leave it open, or redirect it: `> /dev/null`. Nothing was "
          + "done.")
      return false
    }
    if !Process.canOpen(descriptors) {
      _ = console.fail(
        "too few files may be opened",
        "imprune needs room for \(descriptors) files beyond those that are open. Raise the limit, for "
          + "example by `ulimit -n 1024`. Nothing was done.")
      return false
    }
    return true
  }
}
