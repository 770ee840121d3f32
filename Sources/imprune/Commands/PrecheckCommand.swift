import ArgumentParser
import PruneCore
import PruneEngine

/// `imprune precheck`: whether an apply could succeed, with no user touched.
struct PrecheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "precheck",
    abstract: "Check with the service that an apply could succeed.",
    usage: "imprune precheck [<manifest>] [options]",
    discussion: """
        imprune precheck
        imprune precheck leavers.yaml --ca-file proxy.pem

      Makes the calls that every apply makes before its first change, for what the manifest asks \
      for, whatever is done already: whether host, app, signature and rights go together; for \
      clears, whether tag calls are enabled; for removals, whether accounts can be removed at all, \
      by removing an id that was made up and seen not to exist. No user is touched and nothing is \
      recorded.
      """)

  @OptionGroup var common: CommonOptions
  @OptionGroup var files: ManifestOptions
  @OptionGroup var strictness: StrictOption

  @Option(
    name: .customLong("ca-file"),
    help: ArgumentHelp("Certificates to trust in place of the system's.", valueName: "file"),
    completion: .file())
  var caFile: String?

  func validate() throws { try requireFile(caFile, "a file of certificates") }

  func run() throws {
    let console = common.console
    let manifest = try console.readManifest(files.manifest, strictness)
    let stateFiles = try console.stateFiles(files)
    var options = Applier.Options()
    options.caFile = caFile
    options.version = Version.current
    do throws(Precheck.Failure) {
      try Precheck(manifest, stateFiles, options, .current).run { notice in
        switch notice {
        case .access(let notice): console.tell(notice)
        case .passed(let step): console.tell(step)
        }
      }
    } catch {
      throw console.fail(error)
    }
  }
}

extension Console {
  /// Prints that a step of a precheck has passed.
  func tell(_ step: PrecheckStep) {
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
