import ArgumentParser
import PruneCore
import PruneEngine

/// The manifest before a change, to tell what the change asks for from what was asked for before.
struct BaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare with the manifest and its lists at this git ref, such as origin/main, or "
        + "origin/main... for the merge base with HEAD: what this change asks for is shown separately, and "
        + "guards.max_new_removals holds for it.",
      valueName: "ref"))
  var base: String?

  @Option(
    name: .customLong("base-manifest"),
    help: ArgumentHelp("Compare with this manifest.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var baseManifest: String?

  func validate() throws {
    if base != nil, baseManifest != nil {
      throw ValidationError("Give --base or --base-manifest, not both.")
    }
    if base?.isEmpty == true { throw ValidationError("--base needs a git ref.") }
    try requireFile(baseManifest, "a manifest")
  }
}

extension Console {
  /// Reads the manifest before the change; nil if nothing is to be compared with. A base that cannot
  /// be read, or has errors, is an error: whatever stood in its place could make the change look small.
  func readBase(_ options: BaseOptions, _ manifest: String) throws(ExitCode) -> Base? {
    if let ref = options.base {
      let reading: ManifestReading?
      do throws(GitError) {
        reading = try GitFiles.read(manifest, at: ref)
      } catch {
        throw fail("nothing to compare with at \(ref)", error.explanation)
      }
      if let reading { return try base(ref, reading) }
      warn("there is no manifest at \(ref): all of this plan counts as this change.")
      return Base(name: ref, manifest: nil)
    }
    guard let path = options.baseManifest else { return nil }
    let reading: ManifestReading
    do throws(ManifestFileError) {
      reading = try ManifestFiles.read(path)
    } catch {
      throw fail("nothing to compare with", error.explanation)
    }
    return try base(path, reading)
  }

  private func base(_ name: String, _ reading: ManifestReading) throws(ExitCode) -> Base {
    if let manifest = reading.manifest { return Base(name: name, manifest: manifest) }
    let problems = reading.diagnostics.kept.filter { $0.severity == .error }
    let first = problems.first.map { DiagnosticsView.line($0, reading.files) + "\n" } ?? ""
    throw fail(
      "the manifest at \(name) has \(counted(reading.diagnostics.errors, "error"))",
      first + "What this change asks for cannot be told from what was asked for before. Fix that "
        + "manifest first, or plan without a base.")
  }
}
