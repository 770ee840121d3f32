import ArgumentParser
import PruneCore
import PruneEngine

extension Console {
  /// Prints why a state cannot be used, and gives the error to throw.
  func fail(_ error: StateStoreError) -> ExitCode {
    switch error {
    case .state(let file, let error):
      fail(
        "the state \(file) is refused",
        error.explanation + (error.isDamage ? StateView.wayOut(ofDamaged: file) : ""))
    case .journal(let file, let error):
      fail("the journal \(file) is refused", error.explanation + wayOut(of: error, file))
    case .missing(let file):
      fail(
        "there is no state at \(file)",
        "Name it with --state FILE, or make one with `imprune init`.")
    case .stateLost(let file, let journal, let run):
      fail(
        "the state \(file) is lost",
        "Its journal \(journal) is there, with what run \(run) did. Put the last good version of the "
          + "state back, from version control or a backup. If there is none, rebuild what the journal "
          + "knows with `imprune state recover --state \(quoted(file))`.")
    case .manyNames(let file, let count):
      fail(
        "the state \(file) has \(count) names",
        "It is hard-linked, and each name would have a lock and a journal of its own, so that two "
          + "applies could run at once. Keep one name: copy the file, and put the copy in its place."
      )
    case .cannotReplace(let file, let obstacle):
      fail("the state \(file) cannot be replaced", "\(words(obstacle)) Nothing was sent.")
    case .cannotSave(let file, let error):
      fail(
        "the state \(file) could not be saved",
        "A rehearsal in its folder failed: \(error). imprune replaces the state by a new file, so "
          + "this user must be able to make, rename and remove files there. Nothing was sent.")
    case .lost(let loss):
      fail("the state cannot be used", "\(loss). Nothing was sent; give the command again.")
    case .lockTaken(let file, let holder):
      fail(
        "the lock of \(file) was lost",
        "Its file was removed or replaced, and another process holds the new one: \(holder).")
    case .unfolded(let file):
      fail(
        "\(file) has a journal",
        "What an interrupted run did would be missing in the merge. Fold it first: "
          + "`imprune state recover --state \(quoted(file))`.")
    case .unlike(let file, let ours, let what):
      fail(
        "\(file) cannot be merged",
        "It is of another \(what) than \(ours). Only states that grew out of one can be merged.")
    case .olderThanBase(let file, let base):
      fail(
        "\(file) cannot be merged",
        "\(base) is newer than \(file), so it is not their common ancestor. The order is BASE OURS "
          + "THEIRS. A `git revert` of a commit that recorded removals also leads here: such a commit "
          + "says what happened, so keep the state as it is (`git checkout HEAD -- FILE`).")
    case .system(let error): fail("the state cannot be used", "\(error).")
    case .journalLeft(let file, let error):
      fail(
        "the journal of \(file) could not be removed", "\(error). \(StateView.leftJournal(file))")
    case .restless(let file):
      fail("the state \(file) keeps changing", "An apply is at work; try again when it is done.")
    }
  }

  private func wayOut(of error: JournalError, _ journal: String) -> String {
    switch error {
    case .otherSerial, .otherBranch:
      let state = StateFiles.state(ofJournal: journal)
      return "`imprune state recover --merge --state \(quoted(state))`."
    default: break
    }
    return error.isDamage ? StateView.wayOut(ofDamagedJournal: journal) : ""
  }

  private func words(_ obstacle: ReplacementObstacle) -> String {
    switch obstacle {
    case .mounted:
      "The file itself is mounted, and a mounted file can be written to but not replaced. Mount its "
        + "folder, not the file."
    case .othersInStickyFolder:
      "It belongs to another user, and its folder has the sticky bit, so only that user may replace "
        + "it. Run as that user, or keep the state in a folder of its own."
    case .immutable:
      "It has the attribute \"immutable\" or \"append only\"; `chattr -i -a` takes it away."
    }
  }

  /// Takes the lock of a state.
  func lock(_ files: StateFiles, command: String) throws(ExitCode) -> StateLock {
    do throws(StateLock.Failure) {
      return try StateLock(files, command: command)
    } catch {
      throw fail(error, files)
    }
  }

  /// Prints why a state cannot be locked, and gives the error to throw.
  func fail(_ error: StateLock.Failure, _ files: StateFiles) -> ExitCode {
    switch error {
    case .held(let holder):
      return fail(
        "the state is locked",
        "Another run is at work on \(files.name): \(holder). Wait until it is done; "
          + "the lock ends with that process.", status: .locked)
    case .closed(let error):
      return fail(
        "the state cannot be locked",
        "\(error). Its lock file belongs to another user. It takes the mode and group of the state "
          + "at every apply of its owner: let the owner open the state to your group "
          + "(`chmod 660`, `chgrp`), and run any command that locks it once.")
    case .keptChanging:
      return fail(
        "the state cannot be locked",
        "\(files.lock) is replaced by something else again and again. Find out what does it.")
    case .system(let error):
      let advice =
        error.action == "lock"
        ? " A state must be on a file system that can lock files."
        : error.isDenied
          ? " imprune makes a lock file beside the state, so it must be able to write to that folder."
          : ""
      return fail("the state cannot be locked", "\(error)." + advice)
    }
  }
}
