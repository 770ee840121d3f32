import ArgumentParser
import PruneCore
import PruneEngine

/// Whether a plan asks the service for its users.
struct RefreshOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Ask the service which users exist and have tags, and show it in the plan. Needs "
        + "credentials; changes nothing, and leaves the token as it is."))
  var refresh = false

  @OptionGroup var certificates: CertificateOption

  func validate() throws {
    if certificates.caFile != nil, !refresh { throw ValidationError("--ca-file needs --refresh.") }
  }
}

extension Refresh {
  init(_ rate: Rate, _ certificates: CertificateOption, _ environment: RunEnvironment) {
    var options = certificates.applierOptions
    options.settings.rate = rate
    self.init(options, environment)
  }
}

extension Console {
  /// Reads the users of a plan at the service, with progress; returns the plan with what was found.
  func refreshed(
    _ plan: Plan, _ options: RefreshOptions, rate: Rate
  ) throws(ExitCode) -> Plan {
    let progress = ProgressView(self)
    defer { progress.end() }
    do throws(Refresh.Failure) {
      let refreshed = try Refresh(rate, options.certificates, .current)
        .plan(plan, notify: { self.notify($0) }, watch(progress))
      progress.end()
      if let refresh = refreshed.refresh { warnOfUnread(refresh) }
      return refreshed
    } catch {
      progress.end()
      throw fail(error)
    }
  }

  private func warnOfUnread(_ refresh: PlanRefresh) {
    guard let reason = refresh.firstUnread else { return }
    let count = refresh.unread
    warn(
      "imprune could not read \(counted(count, "user"))\(count == 1 ? "" : "; the first"): "
        + "\(FindingWords.of(reason)). The plan is valid without \(count == 1 ? "this user's" : "their") "
        + "answer. To ask again, run plan --refresh again.")
  }

  /// Shows what happens while users are read.
  func watch(_ progress: ProgressView) -> Applier.Watch {
    Applier.Watch(
      notice: { notice in
        // The plan says what was found; that access works shows by itself.
        if case .passed = notice { return nil }
        progress.show(notice)
        return nil
      },
      progress: {
        progress.show($0)
        return nil
      })
  }

  func fail(_ failure: Refresh.Failure) -> ExitCode {
    switch failure {
    case .store(.missing(let file)):
      return fail(
        "there is no state at \(file)",
        "imprune compares what a state records as done. Restore the state, or name it with --state FILE."
      )
    case .store(let error): return fail(error)
    case .access(let failure): return fail(failure)
    case .calls(.network(let failure)): return fail(failure)
    case .calls(.stopped(.noProgress(let time), let exit)):
      return fail(
        "imprune could not read the users",
        "The service said nothing usable about any user within \(duration(time.seconds)). Run the "
          + "command again later.", status: exit)
    case .calls(.stopped(let stop, let exit)):
      return fail("imprune could not read the users", ResultView.words(stop), status: exit)
    }
  }
}
