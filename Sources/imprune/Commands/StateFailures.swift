import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Prints why a state cannot be used, and returns the error to throw.
  func fail(_ error: StateStoreError) -> ExitCode {
    switch error {
    case .state(let file, let error):
      fail(
        "imprune cannot use the state \(file)",
        error.explanation + (error.isDamage ? StateView.remedy(ofDamaged: file) : ""))
    case .journal(let journal, let state, let error):
      fail("imprune cannot use \(journal)", error.explanation + remedy(of: error, state))
    case .missing(let file):
      fail(
        "there is no state at \(file)",
        "Name it with --state FILE, or create one with `imprune init`.")
    case .stateLost(let file, let journal, let run) where StateAddress.isShared(file):
      fail(
        "the state \(file) is missing or empty",
        "Run \(run) left outcomes in \(journal), but the state is missing or empty. "
          + "Restore its newest version in the store. If there is none, rebuild the state from the log with "
          + "`imprune state recover --state \(quoted(file))`, and add the records of a copy with `imprune state "
          + "push COPY --state \(quoted(file))`.")
    case .stateLost(let file, let journal, let run):
      fail(
        "the state \(file) is missing or empty",
        "Run \(run) left \(journal), but the state is missing or empty. Restore "
          + "the last good version of the state from version control or a backup. If there is "
          + "none, rebuild the state from the journal with `imprune state recover --state "
          + "\(quoted(file))`.")
    case .manyNames(let file, let count):
      fail(
        "the state \(file) has \(count) hard links",
        "Each link would get its own lock and journal, so two applies could run at the same "
          + "time. Replace this link by a copy of the file."
      )
    case .cannotReplace(let file, let obstacle):
      fail("imprune cannot replace the state \(file)", "\(words(obstacle)) Nothing was sent.")
    case .cannotSave(let file, let error):
      fail(
        "imprune cannot save the state \(file)",
        "A test write in the state's folder failed: \(error). imprune replaces the state with a "
          + "new file, so the current user must be able to create, rename and delete files in "
          + "that folder. Nothing was sent.")
    case .lost(let loss):
      fail("imprune cannot use the state", "\(loss). Nothing was sent. Run the command again.")
    case .lockTaken(let file, let holder) where StateAddress.isShared(file):
      fail(
        "this run has lost the state",
        "\(holder). This run was paused for more than "
          + "\(Int(Lease.patience.seconds)) s or could not reach the store. It sent nothing more. The "
          + "other run asks the service about every user without an outcome. Wait until it ends, then "
          + "run `imprune plan`.")
    case .lockTaken(let file, let holder):
      fail(
        "imprune lost the lock of \(file)",
        "Someone removed or replaced the lock file, and another process holds the new lock: "
          + "\(holder). Wait until that process ends, then follow the steps below.")
    case .hasJournal(let file):
      fail(
        "\(file) has a journal",
        "The merge would lose the outcomes of an interrupted run. Fold its journal into the "
          + "state first: `imprune state recover --state \(quoted(file))`.")
    case .mismatched(let file, let ours, let what):
      fail(
        "imprune cannot merge \(file)",
        "Its \(what) differs from that of \(ours). imprune merges only states with a common "
          + "ancestor. Check that both files are versions of the same state.")
    case .olderThanBase(let file, let base):
      fail(
        "imprune cannot merge \(file)",
        "\(base) is newer than \(file), so it is not their common ancestor. Give the files in "
          + "the order BASE OURS THEIRS. After a `git revert` of a commit that recorded "
          + "outcomes, keep the state as it is (`git checkout HEAD -- FILE`): the outcomes did "
          + "happen.")
    case .system(let error):
      fail("imprune cannot use the state", "\(error). Fix this and run the command again.")
    case .journalLeft(let file, let error):
      fail(
        "imprune cannot delete the journal of \(file)", "\(error). \(StateView.leftJournal(file))")
    case .keptChanging(let file):
      fail(
        "the state \(file) keeps changing",
        "An apply is running. Run the command again when "
          + "it has finished.")
    }
  }

  private func remedy(of error: JournalError, _ state: String) -> String {
    switch error {
    case .otherSerial, .otherBranch:
      return "`imprune state recover --merge --state \(quoted(state))`."
    default: break
    }
    return error.isDamage ? StateView.remedy(ofDamagedJournalOf: state) : ""
  }

  private func words(_ obstacle: ReplacementObstacle) -> String {
    switch obstacle {
    case .mounted:
      "The file itself is mounted, so imprune can write to it but not replace it. Mount its "
        + "folder, not the file."
    case .othersInStickyFolder:
      "It belongs to another user, and its folder has the sticky bit, so only that user may "
        + "replace it. Run imprune as that user, or keep the state in a folder of its own."
    case .immutable:
      "The file has the attribute \"immutable\" or \"append only\". Remove it with `chattr -i "
        + "-a`."
    }
  }

  /// The value of an expression; prints why a state cannot be used.
  func reporting<Value: ~Copyable>(
    _ body: @autoclosure () throws(StateStoreError) -> Value
  ) throws(ExitCode) -> Value {
    do throws(StateStoreError) {
      return try body()
    } catch {
      throw fail(error)
    }
  }

  /// Takes the lock of a state.
  func lock(_ files: StateFiles, command: String) throws(ExitCode) -> StateLock {
    do throws(StateLock.Failure) {
      return try StateLock(files, command: command) { noteWaiting($0, files) }
    } catch {
      throw fail(error, files)
    }
  }

  /// Prints why a state cannot be locked, and returns the error to throw.
  func fail(_ error: StateLock.Failure, _ files: StateFiles) -> ExitCode {
    switch error {
    case .held(let holder) where files.shared != nil:
      return fail(
        "the state is locked",
        "Another command uses \(files.name): \(holder). Wait until that run ends, then run the command "
          + "again. If its machine died, the next command takes over the state after "
          + "\(Int(Lease.patience.seconds)) s.", status: .locked)
    case .held(let holder):
      return fail(
        "the state is locked",
        "Another command uses \(files.name): \(holder). Wait until it ends; the lock is released "
          + "when that process exits.", status: .locked)
    case .shared(let error): return fail(shared: error, files.name)
    case .closed(let error):
      return fail(
        "imprune cannot lock the state",
        "\(error). The lock file belongs to another user. Ask the owner to give your group access "
          + "to the state (`chgrp`, `chmod 660`) and then to run `imprune state recover` once, which "
          + "copies the mode and group to the lock file.")
    case .keptChanging:
      return fail(
        "imprune cannot lock the state",
        "Another program keeps replacing \(files.lock). Find and stop that program, then run the "
          + "command again.")
    case .system(let error):
      let advice =
        error.action == "lock"
        ? " Keep the state on a file system that supports file locks."
        : error.isDenied
          ? " imprune creates a lock file next to the state, so it needs write access to that folder."
          : ""
      return fail("imprune cannot lock the state", "\(error)." + advice)
    }
  }
}
