import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune precheck`: whether an apply could succeed, without changing a user.
struct PrecheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "precheck",
    abstract: "Check with the service that an apply could succeed.",
    usage: "imprune precheck [<manifest>] [options]",
    discussion: """
        imprune precheck
        imprune precheck leavers.yaml --ca-file proxy.pem

      Makes the same checks as apply before its first change: that the host, app, credentials and \
      admin rights are valid; for clears, that tag calls are enabled; for removals, that the app \
      can remove accounts. For the last check, imprune makes up an id, confirms that it does not \
      exist, and removes it. The checks cover the whole manifest, including what is already done. \
      precheck changes no user and records nothing.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption
  @OptionGroup var policy: PolicyOptions

  @OptionGroup var certificates: CertificateOption

  func run() throws {
    let console = common.console
    let policies = try policy.read(manifest: files.manifest, console)
    let manifest = try console.readManifest(files.manifest, strictness)
    let stateFiles = try console.stateFiles(files)
    do throws(Precheck.Failure) {
      let precheck = Precheck(
        manifest, stateFiles, policies, certificates.applierOptions, .current)
      try precheck.run { notice in
        switch notice {
        case .access(let notice): console.notify(notice)
        case .passed(let step): console.notify(step)
        }
      }
    } catch {
      throw console.fail(error)
    }
  }
}

extension Console {
  /// Prints that a step of a precheck has passed.
  func notify(_ step: PrecheckStep) {
    print(ResultView.words(step) + "\n")
  }

  fileprivate func fail(_ failure: Precheck.Failure) -> ExitCode {
    switch failure {
    case .store(let error): return fail(error)
    case .refused(let refusals):
      for refusal in refusals { refuse(GuardWords.of(refusal)) }
      return ExitCode(Exit.refused.rawValue)
    case .access(let failure): return fail(failure)
    case .calls(let failure): return fail(failure)
    }
  }
}
