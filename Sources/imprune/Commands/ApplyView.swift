import ArgumentParser
import PruneCore
import PruneEngine

/// An apply, or its dry run, as the terminal, the report and the event stream show it.
final class ApplyView {
  private let console: Console
  private let reporter: RunReporter
  private let files: StateFiles
  private let hasSavedPlan: Bool
  private let commands: RunCommands
  private let render: (Plan) -> String
  private var progress: ProgressView?

  init(
    _ console: Console, _ reporter: RunReporter, _ files: StateFiles, hasSavedPlan: Bool,
    _ commands: RunCommands, render: @escaping (Plan) -> String
  ) {
    self.console = console
    self.reporter = reporter
    self.files = files
    self.hasSavedPlan = hasSavedPlan
    self.commands = commands
    self.render = render
  }

  func run(_ session: ApplySession) throws(ExitCode) {
    let screen = ApplySession.Screen(
      show: { self.show($0) }, ask: { self.ask($0) }, notify: { self.notify($0) },
      watch: { self.watch($0) })
    do throws(ApplySession.Failure) {
      let outcome = try session.run(screen)
      progress?.end()
      show(outcome)
    } catch {
      progress?.end()
      throw fail(error)
    }
  }

  func dryRun(_ session: ApplySession) throws(ExitCode) {
    let screen = DryRunSession.Screen(
      show: { self.show($0, margin: "\n") }, notify: { self.notify($0) },
      watch: {
        let progress = ProgressView(self.console)
        self.progress = progress
        return self.console.watch(progress)
      })
    defer { progress?.end() }
    let dryRun: DryRunSession?
    do throws(DryRunSession.Failure) {
      dryRun = try session.dryRun(screen)
    } catch {
      progress?.end()
      throw fail(error)
    }
    progress?.end()
    if let dryRun { try console.show(dryRun) }
  }

  /// Shows the plan; returns the error if it could not be shown.
  private func show(_ plan: Plan, margin: String = "") -> SystemError? {
    reporter.take(plan)
    console.print(render(plan) + margin)
    return Console.lostOutput
  }

  private func ask(_ phrase: ApprovalPhrase) -> String? {
    let warning = phrase.token.removals > 0 ? "Removal cannot be undone. " : ""
    console.note(
      "\n"
        + console.error.wrapped(
          "\(warning)To apply this plan, type the app id and the number of removals:")
        + "\n  \(console.error.bold(phrase.text))\n> ")
    return readLine(strippingNewline: true)
  }

  private func watch(_ run: RunID) -> Applier.Watch {
    let progress = ProgressView(console)
    self.progress = progress
    reporter.begin(run)
    return reporter.watch(progress)
  }

  private func notify(_ notice: ApplySession.Notice) {
    switch notice {
    case .waiting(let holder): console.noteWaiting(holder, files)
    case .recovered(let records): console.reportRecovered(records, files)
    case .signed(let signers):
      reporter.report.approvers = signers
      console.note(SignatureView.text(signers, console.error))
    case .access(let notice): console.notify(notice)
    }
  }

  private func notify(_ notice: DryRunSession.Notice) {
    switch notice {
    case .journal(let journal): console.notify(journal, files)
    case .signed(let signers): console.note(SignatureView.text(signers, console.error))
    case .access(let notice): console.notify(notice)
    case .passed(let step): console.notify(step)
    }
  }

  private func show(_ outcome: ApplySession.Outcome) {
    guard case .ended(let ended, let journalLeft) = outcome else { return }
    reporter.end(ended, commands)
    if let journalLeft { console.warn("\(journalLeft). \(StateView.leftJournal(files.name))") }
  }

  private func fail(_ failure: ApplySession.Failure) -> ExitCode {
    switch failure {
    case .lock(let error): return console.fail(error, files)
    case .store(let error): return console.fail(error)
    case .plan(let halt): return console.fail(halt)
    case .approval(let refusal): return console.fail(refusal, files)
    case .signatures(let failure): return console.fail(failure)
    case .noTerminal(let phrase):
      return console.failWithoutTerminal(
        phrase, hasSavedPlan: hasSavedPlan,
        mayBeAutomatic: reporter.report.plan?.policies.nameForbiddingFlagAlone == nil)
    case .notTyped(let phrase): return console.failNotTyped(phrase)
    case .access(let failure): return console.fail(failure)
    case .network(let failure): return console.fail(failure)
    case .unsaved(let ended, let cause, let records):
      reporter.end(ended, commands)
      return console.fail(ended, cause, records)
    }
  }

  private func fail(_ failure: DryRunSession.Failure) -> ExitCode {
    switch failure {
    case .store(let error): console.fail(error)
    case .plan(let halt): console.fail(halt)
    case .approval(let refusal): console.fail(refusal, files)
    case .signatures(let failure): console.fail(failure)
    case .access(let failure): console.fail(failure)
    case .calls(let failure): console.fail(failure)
    }
  }
}
