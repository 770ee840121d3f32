import ArgumentParser
import PruneCore
import PruneEngine

/// The manifest of an apply that names none, but a saved plan.
extension Console {
  /// Whether a saved plan may name this manifest: one below the folder that the tool runs in, so that
  /// a file from elsewhere cannot lead to any other.
  static func mayBeNamedByPlan(_ manifest: String) -> Bool {
    !manifest.isEmpty && manifest != "-" && !manifest.hasPrefix("/")
      && !manifest.split(separator: "/").contains("..")
  }

  /// The manifest that a saved plan names, taken from the folder that the tool runs in, and told.
  func manifest(of plan: SavedPlan, _ path: String) throws(ExitCode) -> String {
    let manifest = plan.manifest
    let advice = "If it is the right one, name it: `imprune apply MANIFEST --plan \(quoted(path))`."
    guard Self.mayBeNamedByPlan(manifest) else {
      throw fail(
        "no manifest to read",
        "The plan names \(manifest), which does not lie below this folder. \(advice)")
    }
    let (real, here): (String, String)
    do throws(SystemError) {
      (real, here) = (try FileSystem.realPath(manifest), try FileSystem.realPath("."))
    } catch {
      throw fail(
        "no manifest to read",
        "The plan names \(manifest), and there is none in this folder: \(error). Run imprune where the "
          + "plan was made, or name the manifest.")
    }
    guard real.utf8.starts(with: (here == "/" ? here : here + "/").utf8) else {
      throw fail(
        "no manifest to read",
        "The plan names \(manifest), which leads through a link to \(real). \(advice)")
    }
    note("The manifest is \(printable(manifest)), which \(printable(path)) names.\n")
    return manifest
  }
}
