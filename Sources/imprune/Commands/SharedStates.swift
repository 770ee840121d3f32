import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// The copy of the shared state at an address; nil for a file. It is filled unless the command is about
  /// to take the state.
  func sharedState(
    _ name: String, takes: Bool
  ) throws(ExitCode) -> StateFiles? {
    do throws(SharedStoreError) {
      guard
        let shared = try SharedState.open(
          name, .current, version: Version.current)
      else { return nil }
      if !takes { try shared.pull() }
      return shared.files
    } catch {
      throw fail(shared: error, name)
    }
  }

  /// Prints why a shared state cannot be used, and returns the error to throw.
  func fail(shared error: SharedStoreError, _ name: String) -> ExitCode {
    if case .state(let error) = error { return fail(error) }
    return fail(
      "imprune cannot use the state \(name)", "\(error.explanation) Nothing was sent.")
  }

  /// Says that a command waits for a run that may be dead.
  func noteWaiting(_ holder: LogHolder, _ files: StateFiles) {
    note(
      "The state \(files.name) is held by \(holder.words). Waiting up to "
        + "\(Int(Lease.patience.seconds)) s: if that run is alive, imprune exits with 6; otherwise it "
        + "takes over the state ...\n")
  }
}
