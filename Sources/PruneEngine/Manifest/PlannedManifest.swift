package import PruneCore

/// The manifest of an apply that names only a saved plan.
package enum PlannedManifest {
  /// Why imprune does not use the manifest that a plan names.
  package enum Failure: Error, Equatable, Sendable {
    /// Its path leads out of the current folder.
    case outside
    case missing(SystemError)
    /// It leads through a link out of the current folder, to this path.
    case linked(to: String)
  }

  /// Whether a saved plan may name this manifest: one below the current folder, so that a file from
  /// elsewhere cannot select any other.
  package static func mayBeNamed(_ manifest: String) -> Bool {
    !manifest.isEmpty && manifest != "-" && !FileSystem.isAbsolute(manifest)
      && !FileSystem.names(in: manifest).contains("..")
  }

  /// The manifest that a saved plan names, relative to the current folder.
  package static func path(in plan: SavedPlan) throws(Failure) -> String {
    guard mayBeNamed(plan.manifest) else { throw .outside }
    let (real, here) = try attempt(
      (FileSystem.realPath(plan.manifest), FileSystem.realPath(".")), orThrow: Failure.missing)
    guard FileSystem.isBelow(here, real) else { throw .linked(to: real) }
    return plan.manifest
  }
}
