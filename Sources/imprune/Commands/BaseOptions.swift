import ArgumentParser
import PruneCore
import PruneEngine

/// The manifest before a change, to separate the users that the change adds from the others.
struct BaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare with the manifest and its lists at this git ref, such as origin/main. REF... "
        + "compares with the merge base of REF and HEAD. The plan lists the users that this "
        + "change adds separately, and guards.max_new_removals limits them.",
      valueName: "ref"))
  var base: String?

  @Option(
    name: .customLong("base-manifest"),
    help: ArgumentHelp(
      "Compare with this manifest file instead of a git ref. Its lists must be in its folder.",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var baseManifest: String?

  @Flag(
    name: .customLong("allow-state-edits"),
    help: "Accept a state that the change edits. With --base, only imprune may write the state.")
  var allowStateEdits = false

  func validate() throws {
    if base != nil, baseManifest != nil {
      throw ValidationError("Give --base or --base-manifest, not both.")
    }
    if base?.isEmpty == true { throw ValidationError("--base needs a git ref.") }
    if allowStateEdits, base == nil {
      throw ValidationError("--allow-state-edits needs --base.")
    }
    try requireFile(baseManifest, "a manifest")
  }
}

extension Console {
  /// Reads the manifest before the change; nil without such an option. An unreadable or invalid base
  /// is an error: any substitute could make the change look smaller than it is.
  func readBase(
    _ options: BaseOptions, _ manifest: Manifest, at path: String, _ state: StateFiles
  ) throws(ExitCode) -> Base? {
    if let ref = options.base {
      try attempt(GitFiles.requireUnconverted(manifest, state)) { (error: GitError) in
        fail("imprune cannot compare this change with \(ref)", error.explanation)
      }
      var base = try readBase(ref, path)
      if let (before, commit) = try stateBefore(options, state, of: path, at: ref, base) {
        base.state = before
        base.restore = Self.restore(before, state, commit)
      }
      base.allowsStateEdits = options.allowStateEdits
      return base
    }
    guard let before = options.baseManifest else { return nil }
    let reading = try attempt(ManifestFiles.read(before)) { (error: ManifestFileError) in
      fail("imprune cannot read the base manifest", error.explanation)
    }
    return try base(
      before, reading,
      advice: "The lists of a base manifest must be in its folder, so copy them too. ")
  }

  private func readBase(_ ref: String, _ manifest: String) throws(ExitCode) -> Base {
    let reading = try attempt(GitFiles.read(manifest, at: ref)) { (error: GitError) in
      fail("imprune cannot read the base at \(ref)", error.explanation)
    }
    if let reading { return try base(ref, reading) }
    warn("\(manifest) does not exist at \(ref), so the whole plan counts as this change.")
    return Base(name: ref, manifest: nil)
  }

  private func stateBefore(
    _ options: BaseOptions, _ state: StateFiles, of manifest: String, at ref: String, _ base: Base
  ) throws(ExitCode) -> (state: StateBefore, commit: String)? {
    // A change in git cannot edit a state that is not there.
    if state.isElsewhere { return nil }
    do throws(GitError) {
      return try GitFiles.stateBefore(
        state, of: manifest, at: ref, hadManifest: base.manifest != nil)
    } catch {
      if options.allowStateEdits { return nil }
      throw fail(
        "imprune cannot tell whether this change edits the state",
        "\(error.explanation) If the state edit is intended, pass --allow-state-edits.")
    }
  }

  /// The command that restores the state before a change; nil if there was none.
  private static func restore(
    _ before: StateBefore, _ files: StateFiles, _ commit: String
  ) -> String? {
    switch before {
    case .absent, .added: return nil
    case .file, .relinked: break
    }
    let folder = FileSystem.folder(of: files.name)
    let git = folder == "." ? "git" : "git -C \(quoted(folder))"
    let name = FileSystem.name(of: files.name)
    // In a message, the command is in backticks.
    let words = "\(git) checkout \(commit) -- \(quoted(name))"
    let isPlain = !words.contains("`") && printable(words) == words
    return isPlain ? words : "git checkout \(commit) -- STATE"
  }

  private func base(
    _ name: String, _ reading: ManifestReading, advice: String = ""
  ) throws(ExitCode) -> Base {
    if let manifest = reading.manifest { return Base(name: name, manifest: manifest) }
    let problems = reading.diagnostics.kept.filter { $0.severity == .error }
    let first = problems.first.map { DiagnosticsView.line($0, reading.files) + "\n" } ?? ""
    throw fail(
      "the manifest at \(name) has \(counted(reading.diagnostics.errors, "error"))",
      first
        + "imprune cannot work out what this change adds. \(advice)Fix that manifest, or run plan "
        + "without --base or --base-manifest.")
  }
}
