import ArgumentParser
import Bytes
import FoundationEssentials

/// The command line of imprune-sandbox.
@main
struct SandboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imprune-sandbox",
    abstract: "A local fake of the Tencent Cloud Chat REST API for trials and tests.",
    usage: """
      imprune-sandbox [options]
      imprune-sandbox contract --endpoint URL | --region REGION --app ID [options]
      """,
    discussion: """
        imprune-sandbox --users 5000 --tags vip,beta --enabled tag_push

      Keeps its accounts in memory and answers account_delete, account_check, account_import, the \
      all_member_push and the timpush tag calls as strictly as the documentation says. It sends \
      nothing to other machines, except by its command contract. SIGINT and SIGTERM end it with exit code 0.

      GET /sandbox/counters counts the calls. GET /sandbox/users lists the remaining accounts; with \
      ?tagged, those that have tags, and the tags. GET /sandbox/tags lists all accounts with their \
      tags as JSON. GET /sandbox/history shows how often each id was registered, removed and cleared.

      Inject faults by call number, or at random with a reproducible seed:

        imprune-sandbox --users 5000 --fault drop-after:7 --fault 'items=70169*3:4-6'
        imprune-sandbox --users 5000 --fault-odds 0.05 --seed 7

      A fault is KIND[=CODE][*USERS][:CALLS]. CALLS is N or N-M and counts the calls that change \
      users, from 1 (the probe of a precheck is one of them); read/N counts the calls that read. \
      USERS is 1 to 100, the first users of the call. KIND is:
      \(Fault.Kind.allCases.map { "\n  \($0.rawValue): \($0.words)" }.joined())
      """,
    subcommands: [ContractCommand.self])

  @Option(help: "Loopback address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "Port to listen on; 0 chooses a free one.")
  var port = 8080

  @Option(help: "SDKAppID.")
  var app = 1_400_000_000

  @Option(help: "Admin account that may make calls; repeat it for more.")
  var admin = ["administrator"]

  @Option(
    help: ArgumentHelp(
      "File with the app's secret key.",
      discussion: "Without it: the environment variable IMPRUNE_SANDBOX_KEY, or else a fixed "
        + "key.",
      valueName: "file"))
  var keyFile: String?

  @Option(help: "Create this many users: user_0000001 and so on.")
  var users = 0

  @Option(
    help: ArgumentHelp(
      "File of users: one id per line, optionally followed by a tab and comma-separated tags.",
      valueName: "file"))
  var usersFile: String?

  @Option(help: "Comma-separated tags of the users that --users creates.")
  var tags = ""

  @Option(
    help: ArgumentHelp(
      "Instead of --tags: N to M tags for each user, in turn. Example: 1-23.",
      valueName: "n-m"))
  var tagsPerUser: String?

  @Option(help: "The app's edition.")
  var edition = Edition.trial

  @Option(
    help: ArgumentHelp(
      "Features that are switched on, comma-separated: account_deletion, tag_push.",
      valueName: "list"))
  var enabled: [String] = []

  @Option(
    help: "Where a refused deletion appears: whole call, every item, or existing ids only.")
  var denialLevel = DenialLevel.top

  @Option(help: ArgumentHelp("Delay each response by this time.", valueName: "ms"))
  var latency = 0

  @Option(
    help: ArgumentHelp(
      "Delay each call by a random time up to this one before the service counts it.",
      valueName: "ms"))
  var jitter = 0

  @Option(help: "Calls per second to each endpoint; 0 means no limit.")
  var rate = 100

  @Option(
    help: ArgumentHelp(
      "Calls per second to each endpoint that other clients make; they count towards --rate.",
      discussion: "Or a schedule in seconds since the first call, with no calls outside of it: "
        + "20-50:40,60-70:90.",
      valueName: "calls"))
  var others: String?

  @Option(
    help: ArgumentHelp(
      "A fault, as described above; repeat it for more.",
      discussion: "Without CALLS: a kind for --fault-odds to choose from.",
      valueName: "fault"))
  var fault: [String] = []

  @Option(help: "Probability of a fault, 0 to 1, for each call that changes or reads users.")
  var faultOdds = 0.0

  @Option(
    help: ArgumentHelp(
      "Register ID again, for another person, after the Nth call that changes users.",
      valueName: "id@n"))
  var reregister: [String] = []

  @Option(help: "Probability, 0 to 1, that an id is registered again right after its removal.")
  var reregisterOdds = 0.0

  @Option(
    help: "Seed for --fault-odds and --reregister-odds; the same seed repeats the run.")
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Answer as the service did, by a report of `imprune-sandbox contract`.",
      discussion:
        "Facts that were not seen stay as they are; a fact wins over --edition, --enabled "
        + "and --denial-level.",
      valueName: "file"))
  var facts: String?

  @Option(
    help: ArgumentHelp(
      "Append a JSON line per call to this file; '-' is standard error.", valueName: "file"))
  var log: String?

  @Option(
    help: ArgumentHelp("Write the port to this file once the sandbox listens.", valueName: "file"))
  var portFile: String?

  static func main() {
    // The arguments come from /proc; without them the sandbox would use its defaults.
    guard !CommandLine.arguments.isEmpty else {
      exit(
        withError: Failure(
          "the sandbox cannot read its command line: /proc/self/cmdline is missing"))
    }
    // Both commands have options of the same names, and the parser would give all to this one.
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == ContractCommand.configuration.commandName {
      ContractCommand.main(Array(arguments.dropFirst()))
    } else {
      main(nil)
    }
  }

  mutating func validate() throws {
    for (flag, path) in [
      ("key-file", keyFile), ("users-file", usersFile), ("port-file", portFile), ("facts", facts),
    ] where path == "-" {
      throw ValidationError("--\(flag) needs a file name. For a file named -, write `./-`.")
    }
    if let log, log == portFile {
      throw ValidationError("--log and --port-file must not be the same file.")
    }
    guard (0...65535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
    guard isLoopback(host: host) else {
      throw ValidationError("--host must be a loopback address such as 127.0.0.1 or ::1.")
    }
    guard (1...Int(UInt32.max)).contains(app) else {
      throw ValidationError("--app must be 1 to 4294967295.")
    }
    guard (0...UserList.madeLimit).contains(users) else {
      throw ValidationError("--users must be 0 to \(UserList.madeLimit).")
    }
    guard (0...3_600_000).contains(latency) else {
      throw ValidationError("--latency must be 0 to 3600000 milliseconds.")
    }
    guard (0...60_000).contains(jitter) else {
      throw ValidationError("--jitter must be 0 to 60000 milliseconds.")
    }
    guard (0...1_000_000).contains(rate) else {
      throw ValidationError("--rate must be 0 (no limit) to 1000000.")
    }
    for (name, odds) in [("fault", faultOdds), ("reregister", reregisterOdds)] {
      guard (0...1).contains(odds) else {
        throw ValidationError("--\(name)-odds must be 0 to 1.")
      }
    }
    _ = try admins()
    _ = try features()
    _ = try faults()
    _ = try reregistrations()
    guard others == nil || rate > 0 else {
      throw ValidationError("--others needs a limit: --rate 0 means none.")
    }
    _ = try otherClients()
    guard tags.isEmpty || tagsPerUser == nil else {
      throw ValidationError("--tags and --tags-per-user exclude each other.")
    }
    _ = try numberedTags()
  }

  mutating func run() throws {
    StopSignal.block()
    let key = try secretKey()
    let settings = ServiceSettings(
      app: app, admins: try admins(), key: key.bytes, edition: edition, enabled: try features(),
      denialLevel: denialLevel, rate: rate, others: try otherClients(), facts: try readFacts())
    let portPlace = try portFile.map { try place($0) }
    // Nothing else may keep a reference to the users, or the first change would copy them all.
    let backend = Backend(
      service: Service(
        settings: settings, users: try startingUsers(), faults: try faults(),
        reregistrations: try reregistrations()),
      log: try logFile())
    let count = backend.userCount

    let server: Server
    do {
      server = try Server(
        host: host, port: port, backend: backend, facts: settings.facts,
        latency: .milliseconds(latency), jitter: Jitter(longest: .milliseconds(jitter), seed: seed))
    } catch {
      let address = Server.authority(host, port)
      throw Failure("cannot listen on \(address): \(Server.describe(error))")
    }
    guard let bound = server.port else { throw Failure("the sandbox cannot find out its port") }
    let address = Server.authority(host, bound)
    OutputFile.standardOutput.write(
      line: "imprune-sandbox: listening on http://\(address) "
        + "(app \(app), edition \(edition.rawValue), \(count) users)")
    if key.isFixed {
      OutputFile.standardOutput.write(line: "imprune-sandbox: secret key \(SandboxKey.fixed)")
    }
    if let portPlace { try write("\(bound)\n", to: portPlace) }

    StopSignal.wait()
    try server.stop()
  }

  private func secretKey() throws -> SandboxKey {
    if let keyFile {
      guard let key = SandboxKey(fileContent: try content(of: keyFile)) else {
        throw Failure("\(keyFile) contains no key")
      }
      return key
    }
    if let text = ProcessInfo.processInfo.environment["IMPRUNE_SANDBOX_KEY"], !text.isEmpty {
      return SandboxKey(bytes: Array(text.utf8))
    }
    return SandboxKey()
  }

  private func readFacts() throws -> Facts {
    guard let facts else { return Facts() }
    do {
      // Its size is known before it is read: a device has no end.
      if let attributes = try? FileManager.default.attributesOfItem(atPath: facts) {
        let size = (attributes[.size] as? any BinaryInteger).map { Int(clamping: $0) }
        guard attributes[.type] as? FileAttributeType == .typeRegular,
          size ?? .max <= FactsFile.byteLimit
        else { throw Failure("\(facts) is not a regular file of at most 1 MiB") }
      }
      return try FactsFile.read(try content(of: facts))
    } catch let error as BadValue {
      throw Failure("\(facts): \(error)")
    }
  }

  private func startingUsers() throws -> UserTable {
    var table = UserTable()
    let sameTags = UserList.split(tags.utf8)
    let numberedTags = try numberedTags()
    UserList.make(users, into: &table) { numberedTags?.ofUser($0) ?? sameTags }
    guard let usersFile else { return table }
    do {
      try UserList.read(try content(of: usersFile), into: &table)
    } catch let error as UserList.BadLine {
      throw Failure("\(usersFile): \(error)")
    }
    return table
  }

  private func logFile() throws -> OutputFile? {
    guard let log else { return nil }
    if log == "-" { return .standardError }
    guard let file = OutputFile(appendingTo: try place(log)) else {
      throw Failure("cannot open the request log \(log)")
    }
    return file
  }

  /// The place of an output, which must not be an input file.
  private func place(_ path: String) throws -> OutputPlace {
    do throws(OutputPlace.Refusal) {
      return try OutputPlace(path, notOver: [keyFile, usersFile, facts].compactMap(\.self))
    } catch {
      throw Failure(error.words)
    }
  }

  /// Writes a text; a file gets its name only when its content is complete.
  private func write(_ text: String, to place: OutputPlace) throws {
    if case .file(let path) = place {
      let url = URL(filePath: path)
      let kind =
        try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
      if kind == nil || kind == .typeRegular {
        do {
          return try Data(text.utf8).write(to: url, options: .atomic)
        } catch {
          throw Failure("cannot write \(path): \(error)")
        }
      }
    }
    guard OutputFile(appendingTo: place)?.write(Array(text.utf8)) == true else {
      throw Failure("cannot write the port")
    }
  }

  private func content(of path: String) throws -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw Failure("cannot read \(path): \(error)")
    }
  }
}

/// Why the sandbox cannot start; exit code 1.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
