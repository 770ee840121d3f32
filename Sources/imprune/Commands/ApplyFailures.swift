import ArgumentParser
import PruneCore
import PruneEngine

/// Why an apply did not begin, in words; each prints them and gives the error to throw.
extension Console {
  /// Of a plan that was shown, as far as it could be.
  func fail(_ halt: PlanHalt) -> ExitCode {
    switch halt {
    case .refused: ending("the plan is refused", .refused)
    case .notShown(let lost): fail("the plan could not be shown", "\(lost). Nothing was sent.")
    }
  }

  func fail(_ refusal: Approval.Refusal, _ files: StateFiles) -> ExitCode {
    switch refusal {
    case .noState:
      fail(
        "no state at \(files.name)",
        "Without a state nothing is known to be done, so every user would be removed again. Restore "
          + "the state, or name it with --state FILE; if this is the first apply, add --new-state "
          + "or make the state with `imprune init`.", status: .refused)
    case .otherThanSaved(let mismatch):
      fail(
        "the saved plan does not allow this", SavedPlanView.words(mismatch),
        status: .approvalMissing)
    case .otherToken(let approved, let now):
      fail(
        "the approval is for another plan",
        "Approved was \(approved); this plan is \(now). Review it, and approve it anew.",
        status: .approvalMissing)
    }
  }

  func failWithoutTerminal(_ phrase: ApprovalPhrase, hasSavedPlan: Bool) -> ExitCode {
    fail(
      "no approval",
      "There is no terminal to ask on. Review the plan and pass --approve \(phrase.token), "
        + (hasSavedPlan
          ? "or --auto-approve: the file still says what may be done."
          : "or --auto-approve to apply whatever the plan is."),
      status: .approvalMissing)
  }

  func failNotTyped(_ phrase: ApprovalPhrase) -> ExitCode {
    fail("not approved", "Nothing was changed.", status: .approvalMissing)
  }
}

/// What is said of credentials, and why calls cannot be made.
extension Console {
  func tell(_ notice: ServiceAccess.Notice) {
    switch notice {
    case .key(let key): mask(key)
    case .warning(let words): warn(words)
    }
  }

  func fail(_ failure: ServiceAccess.Failure) -> ExitCode {
    switch failure {
    case .noEndpoint: fail("no endpoint", "The manifest's endpoint cannot be used.")
    case .hostNotAllowed(let endpoint, let allowed):
      fail(
        "\(endpoint) is not a documented address", CredentialWords.of(endpoint, allowed: allowed))
    case .credentials(let error):
      fail(
        "credentials cannot be used",
        error.explanation + (error == .missing ? CredentialWords.empty(Process.isSetEmpty) : ""))
    }
  }

  func fail(_ failure: NetworkFailure) -> ExitCode {
    fail("no network", "\(failure.words). Nothing was sent.")
  }

  func fail(_ failure: PrecheckFailure) -> ExitCode {
    switch failure {
    case .network(let failure): fail(failure)
    case .stopped(let stop, let exit):
      fail("the precheck did not pass", ResultView.words(stop), status: exit)
    }
  }
}
