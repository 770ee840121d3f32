import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// The manifest that a saved plan names, which is printed; `path` is where the plan was read
  /// from.
  func manifest(of plan: SavedPlan, _ path: String) throws(ExitCode) -> String {
    let advice =
      "If it is the right manifest, name it: `imprune apply MANIFEST --plan \(quoted(path))`."
    let manifest: String
    do throws(PlannedManifest.Failure) {
      manifest = try PlannedManifest.path(in: plan)
    } catch {
      let words =
        switch error {
        case .outside:
          "The saved plan names the manifest \(plan.manifest), which is outside the current folder. "
            + advice
        case .missing(let error):
          "The saved plan names the manifest \(plan.manifest), which is not in the current folder: "
            + "\(error). Run imprune where the plan was made, or name the manifest."
        case .linked(let real):
          "The saved plan names the manifest \(plan.manifest), which leads through a link to \(real). "
            + advice
        }
      throw fail("no manifest to read", words)
    }
    note("The manifest is \(printable(manifest)), which \(printable(path)) names.\n")
    return manifest
  }
}
