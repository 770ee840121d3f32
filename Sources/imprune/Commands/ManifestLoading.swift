import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Reads a manifest and prints every problem; throws if there is an error among them, or, when
  /// strict, a warning.
  func readManifest(_ path: String, _ options: StrictOption) throws(ExitCode) -> Manifest {
    let reading = try read(path, options)
    if annotates {
      var annotations = Annotations(folder: github.folder)
      annotations.add(reading)
      command(annotations.text)
    }
    return try manifest(of: reading)
  }

  /// Reads a manifest and prints every problem; when strict, warnings are errors.
  func read(_ path: String, _ options: StrictOption) throws(ExitCode) -> ManifestReading {
    var reading: ManifestReading
    do throws(ManifestFileError) {
      reading = try ManifestFiles.read(path)
    } catch {
      throw fail("no manifest to read", error.explanation)
    }
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

  /// The files of a manifest's state.
  func stateFiles(_ options: ManifestOptions) throws(ExitCode) -> StateFiles {
    do throws(SystemError) {
      return try StateFiles(manifest: options.manifest, override: options.state)
    } catch {
      throw fail("no place for the state", "\(error).")
    }
  }

  /// Opens the state and plans against it; throws if the state cannot be used.
  func makePlan(
    _ manifest: Manifest, _ files: StateFiles, _ cap: CapOption? = nil, base: Base? = nil
  ) throws(ExitCode) -> (plan: Plan, journal: JournalHeader?) {
    do throws(StateStoreError) {
      var snapshot = try StateStore.snapshot(files)
      if let header = snapshot.header { try check(header, manifest, files) }
      let header = snapshot.header
      let journal = snapshot.journal
      do throws(StateError) {
        var plan = try Planner.plan(manifest, header, &snapshot.cursor)
        if let base { plan.compare(with: base) }
        Guards.judge(&plan, maxRemovals: cap?.maxRemovals)
        return (plan, journal)
      } catch {
        throw StateStoreError.state(file: files.name, error)
      }
    } catch {
      throw fail(error)
    }
  }

  /// Throws if the state is not one of this app and service; nothing is written.
  func checkState(_ manifest: Manifest, _ files: StateFiles) throws(ExitCode) {
    do throws(StateStoreError) {
      if let header = try StateStore.snapshot(files).header { try check(header, manifest, files) }
    } catch {
      throw fail(error)
    }
  }

  private func check(
    _ header: StateHeader, _ manifest: Manifest, _ files: StateFiles
  ) throws(StateStoreError) {
    if header.app != manifest.app.id {
      throw .state(
        file: files.name, .otherApp(state: header.app, manifest: manifest.app.id))
    }
    if let service = manifest.app.service, header.service != service {
      throw .state(
        file: files.name, .otherService(state: header.service, manifest: service))
    }
  }

  /// Prints why a state cannot be used, and gives the error to throw.
  func fail(_ error: StateStoreError) -> ExitCode {
    switch error {
    case .state(let file, let error):
      fail(
        "the state \(file) is refused",
        error.explanation + (error.isDamage ? StateView.wayOut(ofDamaged: file) : ""))
    case .journal(let file, let error):
      fail(
        "the journal \(file) is refused",
        error.explanation + (error.isDamage ? StateView.wayOut(ofDamagedJournal: file) : ""))
    case .missing(let file):
      fail(
        "there is no state at \(file)",
        "Name it with --state FILE, or make one with `imprune init`.")
    case .unfolded(let file):
      fail(
        "\(file) has a journal",
        "What an interrupted run did would be missing in the merge. Fold it first: "
          + "`imprune state recover --state \(quoted(file))`.")
    case .unlike(let file, let ours, let what):
      fail(
        "\(file) cannot be merged",
        "It is of another \(what) than \(ours). Only states that grew out of one can be merged.")
    case .system(let error): fail("the state cannot be used", "\(error).")
    case .journalLeft(let file, let error):
      fail(
        "the journal of \(file) could not be removed", "\(error). \(StateView.leftJournal(file))")
    case .restless(let file):
      fail("the state \(file) keeps changing", "An apply is at work; try again when it is done.")
    }
  }

  /// Takes the lock of a state.
  func lock(_ files: StateFiles, command: String) throws(ExitCode) -> StateLock {
    do throws(StateLock.Failure) {
      return try StateLock(files, command: command)
    } catch {
      switch error {
      case .held(let holder):
        throw fail(
          "the state is locked",
          "Another run is at work on \(files.name): \(holder). Wait until it is done; "
            + "the lock ends with that process.", status: .locked)
      case .system(let error):
        let advice =
          error.action == "lock" ? " A state must lie on a file system that can lock files." : ""
        throw fail("the state cannot be locked", "\(error)." + advice)
      }
    }
  }
}

extension App {
  /// Which kind of service the app's location is.
  var service: ServiceKind? { location.endpoint.map(ServiceKind.init) }
}
