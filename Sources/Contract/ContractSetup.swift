import Crypto
import HTTP
import PruneCore
package import PruneEngine

/// What a person asks the kit to do.
package struct ContractOptions: Sendable {
  package var endpoint: String?
  package var region: String?
  package var app: UInt32
  package var admin: String
  /// The families of tag calls to ask about.
  package var families: Set<String>
  /// Whether the person says that the app is there for tests.
  package var isTestApp: Bool
  /// A file of certificates to trust in place of the system's.
  package var caFile: String?

  package init(
    endpoint: String?, region: String?, app: UInt32, admin: String, families: Set<String>,
    isTestApp: Bool, caFile: String?
  ) {
    self.endpoint = endpoint
    self.region = region
    self.app = app
    self.admin = admin
    self.families = families
    self.isTestApp = isTestApp
    self.caFile = caFile
  }

  /// The names of regions and of families.
  package static let regions = Region.allCases.map(\.rawValue)
  package static let families = TagsAPI.allCases.map(\.rawValue)
}

/// Why the kit asks nothing.
package struct ContractRefusal: Error, Equatable, Sendable {
  package var summary: String
  /// Where, and what to do next.
  package var explanation: String
  /// The exit code.
  package var code: Int32

  package init(summary: String, explanation: String, code: Int32 = 1) {
    self.summary = summary
    self.explanation = explanation
    self.code = code
  }
}

/// The kit, ready to ask: address and credentials are there, and the app is one for tests.
package struct ContractSetup {
  /// Where it asks.
  package let endpoint: String
  /// Whether a person must type the app id.
  package let needsTypedID: Bool
  private let link: LiveLink
  private let families: Set<String>

  /// Checks everything before the first call of the API; of an address of this machine, also whether a
  /// sandbox answers there. `warn` gets what does not keep it from asking.
  package init(
    _ options: ContractOptions, _ environment: RunEnvironment = .current, warn: (String) -> Void
  ) throws(ContractRefusal) {
    guard let app = SDKAppID(options.app), let admin = UserID(options.admin) else {
      throw ContractRefusal(
        summary: "the app or the admin has no possible id",
        explanation: "An app id is 1 to 4294967295, and an admin has 1 to 32 bytes.", code: 64)
    }
    let endpoint = try Self.endpoint(options)
    guard HostRules.permits(endpoint, allowed: environment.variable("IMPRUNE_ALLOW_HOST")) else {
      throw ContractRefusal(
        summary: "\(endpoint) gets no signature",
        explanation: "It is no documented host of the service. If it is right, set "
          + "IMPRUNE_ALLOW_HOST=\(HostRules.entry(for: endpoint))")
    }
    let isSandbox = try attempt(LiveLink.isSandbox(endpoint, caFile: options.caFile)) {
      (error: HTTPError) in
      ContractRefusal(summary: "no calls can be made", explanation: error.description)
    }
    guard isSandbox || options.isTestApp else {
      throw ContractRefusal(
        summary: endpoint.isLoopback
          ? "\(endpoint) is no imprune-sandbox" : "\(endpoint) may have users",
        explanation: (endpoint.isLoopback
          ? "It does not answer GET /sandbox/counters as a sandbox does, so the service may be "
            + "behind it. Start a sandbox there. If it is the service: the " : "The ")
          + "kit imports and removes accounts of its own, and uses the app's limit of calls. Create "
          + "an app for tests in the console, and add --test-app.", code: 5)
    }
    guard isSandbox || environment.hasTerminal else {
      throw ContractRefusal(
        summary: "there is no terminal at which the app id could be typed",
        explanation:
          "Unless a sandbox answers, a person must confirm the app. Run the command at a "
          + "terminal.", code: 5)
    }
    let credentials = try attempt(Credentials.find(environment.variable, warn: warn)) {
      (error: CredentialsError) in
      ContractRefusal(summary: "there are no usable credentials", explanation: error.explanation)
    }
    self.endpoint = endpoint.description
    needsTypedID = !isSandbox
    families = options.families
    link = try attempt(
      LiveLink(
        endpoint, app: app, admin: admin, credentials: credentials, caFile: options.caFile)
    ) { (error: HTTPError) in
      ContractRefusal(
        summary: "no calls can be made", explanation: error.description)
    }
  }

  private static func endpoint(_ options: ContractOptions) throws(ContractRefusal) -> Endpoint {
    if let name = options.region {
      guard let region = Region(rawValue: name) else {
        throw ContractRefusal(
          summary: "--region does not know '\(name)'",
          explanation: "Regions: \(ContractOptions.regions.joined(separator: ", ")).", code: 64)
      }
      return Endpoint(region: region)
    }
    guard let text = options.endpoint, let endpoint = Endpoint(text) else {
      throw ContractRefusal(
        summary: "--endpoint is not the address of a REST API",
        explanation: "Write https://HOST[:PORT]; http:// works for this machine only.", code: 64)
    }
    return endpoint
  }

  /// Prepares this process, before anything else: what it prints may be lost, and still it must clean
  /// up; and its memory holds a key.
  package static func prepareProcess() {
    Process.fillStandardDescriptors()
    Process.forbidDumps()
    Process.makeWritesFail()
    Process.makeCrashesEnd()
  }

  /// Handles SIGINT, SIGTERM and SIGHUP as `StopRule` says, until the returned value is released.
  package func watchSignals() -> SignalWatch { link.watchSignals() }

  /// Asks every check and cleans up. Without a watch of signals, one may end it before the clean-up.
  package func ask(note: (String) -> Void) -> ContractResult {
    let run = secureRandomBytes(4).map {
      $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16)
    }
    .joined()
    note("asking \(endpoint) with accounts imprune-contract-\(run)-01 to -24...")
    return ContractRun.ask(link, run: run, families: families, note: note)
  }
}
