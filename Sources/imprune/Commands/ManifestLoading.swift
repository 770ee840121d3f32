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
  ) throws(ExitCode) -> (plan: Plan, journal: JournalHeader?, state: FileStatus?) {
    do throws(StateStoreError) {
      var snapshot = try StateStore.snapshot(files)
      let status = snapshot.status
      if let header = snapshot.header { try check(header, manifest, files) }
      let header = snapshot.header
      let journal = snapshot.journal
      do throws(StateError) {
        var plan = try Planner.plan(manifest, header, &snapshot.cursor)
        if let base { plan.compare(with: base) }
        Guards.judge(&plan, maxRemovals: cap?.maxRemovals)
        if let journal { plan.stateCautions.append(.journal(journal.run)) }
        if files.isLink { plan.stateCautions.append(.link(files.name)) }
        return (plan, journal, status)
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
}

extension App {
  /// Which kind of service the app's location is.
  var service: ServiceKind? { location.endpoint.map(ServiceKind.init) }
}
