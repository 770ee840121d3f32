import ArgumentParser
import PruneCore
import PruneEngine

/// The manifest before a change, to tell what the change asks for from what was asked for before.
struct BaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare with the manifest and its lists at this git ref, such as origin/main: what this "
        + "change asks for is told apart, and guards.max_new_removals holds for it.",
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
  }
}

extension Console {
  /// Reads the manifest before the change; nil if nothing is to be compared with.
  func readBase(_ options: BaseOptions, _ manifest: String) throws(ExitCode) -> Base? {
    if let ref = options.base {
      do throws(GitError) {
        return base(ref, try GitFiles.read(manifest, at: ref))
      } catch {
        throw fail("nothing to compare with at \(ref)", error.explanation)
      }
    }
    guard let path = options.baseManifest else { return nil }
    do throws(ManifestFileError) {
      return base(path, try ManifestFiles.read(path))
    } catch {
      throw fail("nothing to compare with", error.explanation)
    }
  }

  /// A base that cannot be read is taken for none: then all counts as this change, which is the
  /// stricter way.
  private func base(_ name: String, _ reading: ManifestReading?) -> Base {
    if reading == nil {
      warn("there is no manifest at \(name): all of this plan counts as this change.")
    } else if reading?.manifest == nil {
      warn("the manifest at \(name) has errors: all of this plan counts as this change.")
    }
    return Base(name: name, manifest: reading?.manifest)
  }
}
