import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Reads a manifest and prints every problem; throws if there is an error among them, or, when
  /// strict, a warning. `look` sees what was read even if there are errors.
  func readManifest(
    _ path: String, _ options: StrictOption,
    _ look: (ManifestReading) throws(ExitCode) -> Void = { (_) throws(ExitCode) in }
  ) throws(ExitCode) -> Manifest {
    let reading = try read(path, options)
    try look(reading)
    if annotates {
      var annotations = Annotations(folder: github.folder)
      annotations.add(reading)
      command(annotations.text)
    }
    return try manifest(of: reading)
  }

  /// Reads a manifest and prints every problem; when strict, warnings are errors.
  func read(_ path: String, _ options: StrictOption) throws(ExitCode) -> ManifestReading {
    let reading = try attempt(ManifestFiles.read(path)) { (error: ManifestFileError) in fail(error)
    }
    return shown(reading, options)
  }

  /// Prints that a manifest was not read, and returns the error to throw.
  func fail(_ error: ManifestFileError) -> ExitCode {
    fail("no manifest to read", error.explanation)
  }

  /// Prints every problem of a reading; when strict, warnings are errors.
  func shown(_ reading: ManifestReading, _ options: StrictOption) -> ManifestReading {
    var reading = reading
    if options.strict { reading.diagnostics.makeStrict() }
    note(DiagnosticsView.render(reading, error, lines: ManifestFiles.lines))
    return reading
  }

  /// The manifest that was read; throws if there were errors.
  func manifest(of reading: ManifestReading) throws(ExitCode) -> Manifest {
    guard let manifest = reading.manifest, !reading.diagnostics.hasErrors else {
      throw ending("the manifest has errors", .error)
    }
    return manifest
  }

  /// The files of a manifest's state; of a shared one, the copy in a scratch folder, filled unless the
  /// command is about to take the state. `mayBeNone` is whether the command works without a state.
  func stateFiles(
    _ options: ManifestOptions, takes: Bool = false, mayBeNone: Bool = false
  ) throws(ExitCode) -> StateFiles {
    if options.state == StateFiles.nameOfNone {
      guard mayBeNone else {
        throw fail(
          "this command needs a state",
          "--state none is for `plan` and `explain`. Name a state file or a shared state; for a file "
            + "named none, write ./none.", status: .usage)
      }
      return .none
    }
    if let name = options.state, let shared = try sharedState(name, takes: takes) {
      return shared
    }
    return try attempt(StateFiles(manifest: options.manifest, override: options.state)) {
      (error: SystemError) in
      fail(
        "cannot find the folder of the state",
        "\(error). Name an existing folder with --state FILE.")
    }
  }

  /// Plans against the state; throws if the state cannot be used.
  func plan(_ pipeline: PlanPipeline, _ files: StateFiles) throws(ExitCode) -> FoundPlan {
    try reporting(pipeline.plan(files))
  }
}
