import ArgumentParser
import Contract

/// `imprune-sandbox contract`.
struct ContractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contract", _superCommandName: "imprune-sandbox",
    abstract: "Ask a test app how the service behaves where its documents are silent.",
    discussion: """
        imprune-sandbox contract --region singapore --app 1400000000 --test-app
        imprune-sandbox contract --endpoint http://127.0.0.1:8080 --app 1400000000
        imprune-sandbox --facts facts.json

      Imports 24 accounts, imprune-contract-RUN-01 to -24, gives some of them tags, asks one question \
      per check, and removes its accounts again, even after a failure or Ctrl-C. It names no other \
      account. It makes at most 600 calls, plus those that remove its accounts at the end, and \
      takes about a minute. Some calls exceed the app's limit on purpose, so use an app that serves \
      no users.

      Ctrl-C ends the questions; the kit then removes its accounts, also if the terminal is closed or \
      the output lost. A second Ctrl-C or SIGTERM, at least a second later, ends that too, and the kit \
      prints the ids of the accounts that may be left.

      Prints a table of what is documented or assumed and what was seen. --report writes the same for \
      programs; it contains no key, no signature and no app id. examples/schemas/facts.schema.json \
      describes it, and --facts makes a sandbox behave like that.

      Unless a sandbox on this machine answers, pass --test-app and type the app id at the terminal. \
      The kit asks GET /sandbox/counters, since an address of this machine may forward to the service.

      EXIT STATUS
        0  every question that the app allows was asked
        1  error: nothing was asked, an output was lost, or accounts may be left
        3  some questions have no answer: no usable response, or the time ran out
        5  not confirmed as an app for tests; nothing was asked
        64 usage error; nothing was asked
        129, 130, 143  interrupted by a signal; the accounts were removed

      ENVIRONMENT
        IMPRUNE_SECRET_KEY_FILE  a file that contains the app's secret key
        IMPRUNE_SECRET_KEY       the secret key itself
        IMPRUNE_USERSIG          a signature (UserSig) instead of a key
        IMPRUNE_ALLOW_HOST       more hosts that get signatures: HOST or HOST:PORT
      """)

  /// Which families of tag calls to ask about.
  enum Families: String, CaseIterable, ExpressibleByArgument {
    case both
    case allMemberPush = "all_member_push"
    case timpush
  }

  @Option(help: "Address of the service's REST API, for example of a sandbox.")
  var endpoint: String?

  @Option(
    help: ArgumentHelp(
      "Instead of --endpoint: the app's region.",
      discussion: "One of: \(ContractOptions.regions.joined(separator: ", ")).",
      valueName: "region"))
  var region: String?

  @Option(help: "SDKAppID of the test app.")
  var app: UInt32

  @Option(help: "App admin in whose name the calls are made.")
  var admin = "administrator"

  @Option(name: .customLong("tags-api"), help: "Family of tag calls to ask about.")
  var tagsAPI = Families.both

  @Flag(help: "Confirm that the app is there for tests and serves no users.")
  var testApp = false

  @Option(
    help: ArgumentHelp("Write what was seen to this file, as JSON.", valueName: "file"))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "PEM file of certificate authorities to trust instead of the system's.", valueName: "file"))
  var caFile: String?

  func validate() throws {
    guard (endpoint == nil) != (region == nil) else {
      throw ValidationError("Give either --endpoint or --region.")
    }
    if report?.isEmpty == true {
      throw ValidationError("--report is empty. Is a variable in your script unset?")
    }
  }

  func run() throws {
    ContractSetup.prepareProcess()
    do throws(ContractRefusal) {
      try ask()
    } catch {
      Self.note("Error: \(error.summary)\n\(error.explanation)")
      throw ExitCode(error.code)
    }
  }

  private func ask() throws(ContractRefusal) {
    let report = try report.map { (path) throws(ContractRefusal) in try ContractReport(path: path) }
    let families = tagsAPI == .both ? ContractOptions.families : [tagsAPI.rawValue]
    let setup = try ContractSetup(
      ContractOptions(
        endpoint: endpoint, region: region, app: app, admin: admin, families: Set(families),
        isTestApp: testApp, caFile: caFile),
      warn: { Self.note("Warning: \($0)") })
    if setup.needsTypedID { try confirm(setup.endpoint) }
    // Until the end: a signal must not keep the report from being written.
    let signals = setup.watchSignals()
    defer { withExtendedLifetime(signals) {} }
    let result = setup.ask { Self.note("imprune-sandbox: \($0)") }
    // First, so that nothing can fail before it is said.
    if !result.left.isEmpty {
      Self.note(
        "Error: accounts may be left: \(result.left.joined(separator: ", "))\n"
          + "The service did not confirm their removal. Delete them in the console "
          + "(Account Management), or lift the app's restriction of deletion there first.")
    }
    let isShown = OutputFile.standardOutput.write(Array(ContractTable.text(result).utf8))
    try report?.save(result, endpoint: setup.endpoint)
    if let problem = result.problem, result.signal == nil {
      Self.note("Error: not everything could be asked: \(problem)")
    }
    Self.exit(withError: ExitCode(code(result, isShown: isShown)))
  }

  private func code(_ result: ContractResult, isShown: Bool) -> Int32 {
    if !result.left.isEmpty { return 1 }
    if let signal = result.signal { return 128 + signal }
    if !isShown {
      Self.note("Error: the table could not be written to standard output.")
      return 1
    }
    return result.problem == nil ? 0 : result.hasSeenAnything ? 3 : 1
  }

  private func confirm(_ endpoint: String) throws(ContractRefusal) {
    Self.note(
      "The kit imports and removes accounts imprune-contract-… of app \(app) at \(endpoint), and "
        + "exceeds its limit of calls.\nType the app id to continue: ", terminator: "")
    guard readLine(strippingNewline: true) == String(app) else {
      throw ContractRefusal(
        summary: "this is not the app id \(app)", explanation: "Nothing was asked.", code: 5)
    }
  }

  private static func note(_ text: String, terminator: String = "\n") {
    OutputFile.standardError.write(Array((text + terminator).utf8))
  }
}
