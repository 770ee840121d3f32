package import PruneCore

/// The manifest of an apply that names none, but a saved plan.
package enum PlannedManifest {
  /// Why the manifest that a plan names is not taken.
  package enum Failure: Error, Equatable, Sendable {
    /// It is named by a path that leads out of the folder that the tool runs in.
    case outside
    case missing(SystemError)
    /// It leads through a link out of that folder, to this path.
    case linked(to: String)
  }

  /// Whether a saved plan may name this manifest: one below the folder that the tool runs in, so that
  /// a file from elsewhere cannot lead to any other.
  package static func mayBeNamed(_ manifest: String) -> Bool {
    !manifest.isEmpty && manifest != "-" && !manifest.hasPrefix("/")
      && !manifest.split(separator: "/").contains("..")
  }

  /// The manifest that a saved plan names, taken from the folder that the tool runs in.
  package static func path(in plan: SavedPlan) throws(Failure) -> String {
    guard mayBeNamed(plan.manifest) else { throw .outside }
    let (real, here): (String, String)
    do throws(SystemError) {
      (real, here) = (try FileSystem.realPath(plan.manifest), try FileSystem.realPath("."))
    } catch {
      throw .missing(error)
    }
    guard real.utf8.starts(with: (here == "/" ? here : here + "/").utf8) else {
      throw .linked(to: real)
    }
    return plan.manifest
  }
}
