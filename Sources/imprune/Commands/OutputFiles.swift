import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Decides where the outputs of a command go; throws before anything is read or written if imprune
  /// must not write to one of them.
  func places(
    _ outputs: [(flag: String, path: String?)], failing failure: String
  ) throws(ExitCode) -> OutputPlaces {
    for (flag, path) in outputs where path?.isEmpty == true {
      throw fail(
        "\(flag) is empty", "Give it a file name. \(unsetVariable)", status: .usage)
    }
    return try checked(failing: failure) { () throws(OutputRefusal) in
      let places = try OutputPlaces(
        outputs.compactMap { (flag, path) in path.map { (flag: flag, path: $0) } })
      try places.requireOther(thanOutputs: [1, 2])
      return places
    }
  }

  /// Runs a check that may refuse an output; `failure` is the message if the file system is the
  /// cause.
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

/// Throws if a path is empty, or `-` (standard input or output), but must be a file.
func requireFile(_ path: String?, _ what: String) throws {
  try requireNotEmpty(path, "the name of \(what)")
  guard path == "-" else { return }
  throw ValidationError(
    "`-` (standard input) does not work here; give the path of \(what). For a file named -, "
      + "write `./-`.")
}

/// Throws if the value of an option or argument is empty.
func requireNotEmpty(_ value: String?, _ what: String) throws {
  if value?.isEmpty == true { throw ValidationError("\(what) is empty. \(unsetVariable)") }
}

/// The usual cause of an empty value.
private let unsetVariable = "Is a variable in your script unset?"
