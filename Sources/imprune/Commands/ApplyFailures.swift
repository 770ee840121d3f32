import ArgumentParser
import PruneCore
import PruneEngine

/// Explains why an apply did not begin; each function prints the message and returns the error to
/// throw.
extension Console {
  /// For a plan that was shown, as far as possible.
  func fail(_ halt: PlanHalt) -> ExitCode {
    switch halt {
    case .refused: ending("the plan is refused", .refused)
    case .notShown(let lost): fail("the plan could not be shown", "\(lost). Nothing was sent.")
    }
  }

  func fail(_ refusal: Approval.Refusal, _ files: StateFiles) -> ExitCode {
    switch refusal {
    case .automatic(let policy, let token): fail(automaticUnder: policy, token)
    case .unsigned(let policy, let signatures, let token):
      fail(
        "the policy \(policy) requires \(counted(signatures, "signature"))",
        "Ask \(signatures == 1 ? "a person" : "\(signatures) people") to review the plan and sign its "
          + "token with `imprune approve \(token) --key KEY --out FILE`. Then pass --approve "
          + "\(token) and --signature FILE for each. Nothing was sent.", status: .approvalMissing)
    case .noState:
      fail(
        "no state at \(files.name)",
        "Without a state, imprune does not know which removals are done and would repeat all of "
          + "them. Restore the state, or name it with --state FILE. If this is the first apply, add "
          + "--new-state or run `imprune init`.", status: .refused)
    case .otherThanSaved(let mismatch):
      fail(
        "the saved plan does not allow this", SavedPlanView.words(mismatch),
        status: .approvalMissing)
    case .otherToken(let approved, let now):
      fail(
        "the approval is for another plan",
        "You approved \(approved), but the token of this plan is \(now). Review the plan and approve "
          + "the new token.",
        status: .approvalMissing)
    }
  }

  func fail(automaticUnder policy: String, _ token: ApprovalToken) -> ExitCode {
    fail(
      "the policy \(policy) does not allow --auto-approve",
      "Review the plan and pass --approve \(token), or run apply at a terminal without "
        + "--auto-approve. Nothing was sent.", status: .approvalMissing)
  }

  func failWithoutTerminal(
    _ phrase: ApprovalPhrase, hasSavedPlan: Bool, mayBeAutomatic: Bool
  ) -> ExitCode {
    let automatic =
      ", or pass --auto-approve to apply "
      + (hasSavedPlan ? "what the saved plan allows" : "any plan")
    return fail(
      "no approval",
      "Standard input is not a terminal, so imprune cannot ask for approval. Review the plan and "
        + "pass --approve \(phrase.token)\(mayBeAutomatic ? automatic : "").",
      status: .approvalMissing)
  }

  func failNotTyped(_ phrase: ApprovalPhrase) -> ExitCode {
    fail(
      "not approved",
      "What you typed is not \(phrase.text). No user was changed. To approve, run the command again "
        + "and type exactly that.", status: .approvalMissing)
  }
}

/// Messages about credentials, and why calls cannot be made.
extension Console {
  func notify(_ notice: ServiceAccess.Notice) {
    switch notice {
    case .key(let key): mask(key)
    case .warning(let words): warn(words)
    }
  }

  func fail(_ failure: ServiceAccess.Failure) -> ExitCode {
    switch failure {
    case .noEndpoint:
      fail(
        "the endpoint is invalid",
        "imprune cannot use `endpoint` of the manifest. Write it as https://host[:port].")
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
    fail(
      "libcurl cannot be set up",
      "\(failure.words). Nothing was sent. Check libcurl and --ca-file, then run the command again."
    )
  }

  func fail(_ failure: PrecheckFailure) -> ExitCode {
    switch failure {
    case .network(let failure): fail(failure)
    case .stopped(let stop, let exit):
      fail("the precheck did not pass", ResultView.words(stop), status: exit)
    }
  }
}
