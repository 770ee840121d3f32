import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Decides where the outputs of a command go; throws before anything is read or written if one of
  /// them must not be written to.
  func places(
    _ outputs: [(flag: String, path: String?)], failing failure: String
  ) throws(ExitCode) -> OutputPlaces {
    for (flag, path) in outputs where path?.isEmpty == true {
      throw fail(
        "\(flag) is empty", "It needs the name of a file. \(unsetVariable)", status: .usage)
    }
    return try checked(failing: failure) { () throws(OutputRefusal) in
      let places = try OutputPlaces(
        outputs.compactMap { (flag, path) in path.map { (flag: flag, path: $0) } })
      try places.requireOther(thanOutputs: [1, 2])
      return places
    }
  }

  /// Does what may find that an output must not be written to; `failure` is said if the file system
  /// is in the way.
  func checked<Value>(
    failing failure: String, _ body: () throws(OutputRefusal) -> Value
  ) throws(ExitCode) -> Value {
    do throws(OutputRefusal) {
      return try body()
    } catch {
      throw fail(
        error.isSystem ? failure : error.summary, error.explanation + " Nothing was done.",
        status: error.isSystem ? .error : .usage)
    }
  }
}

/// Throws if a path is empty, or `-`, which stands for standard input or output, where a file is
/// needed.
func requireFile(_ path: String?, _ what: String) throws {
  try requireNotEmpty(path, "the name of \(what)")
  guard path == "-" else { return }
  throw ValidationError(
    "`-` is not \(what): that must be a file with a name. One that is really called - is `./-`.")
}

/// Throws if the value of an option or argument is empty.
func requireNotEmpty(_ value: String?, _ what: String) throws {
  if value?.isEmpty == true { throw ValidationError("\(what) is empty. \(unsetVariable)") }
}

/// What an empty value most often comes from.
private let unsetVariable = "Is a variable of your script not set?"
