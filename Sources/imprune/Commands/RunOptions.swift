import ArgumentParser
import PruneCore
import PruneEngine

/// How fast calls are sent and how long they are retried.
struct RunOptions: ParsableArguments {
  @Option(help: "Calls per second to each endpoint, 1 to 100.")
  var rate = Rate.standard

  @Option(
    name: .customLong("max-attempts"),
    help: ArgumentHelp(
      "Maximum attempts per batch after transient errors, 1 to 100.", valueName: "n"))
  var maxAttempts = ApplyMachine.Settings().maxAttempts

  @Option(
    name: .customLong("max-elapsed"),
    help: ArgumentHelp(
      "Stop if no user is completed within this time: 90s, 10m, 2h.", valueName: "time"))
  var maxElapsed = TimeSpan(seconds: Int(ApplyMachine.Settings().progressTimeout.seconds))

  @Option(
    name: .customLong("resend-within"),
    help: ArgumentHelp(
      "How long after a call without a usable answer imprune may send the same user again. "
        + "Later, the id may belong to another person. 0s means never.", valueName: "time"))
  var resendWithin = TimeSpan(seconds: ApplyMachine.Settings().resendWithin)

  @Flag(
    name: .customLong("accept-absent"),
    help: "Record absent users as done, even if no user in this run exists.")
  var acceptAbsent = false

  @Flag(
    name: .customLong("no-tag-backup"),
    help: "Clear tags without saving them first. Then they cannot be restored.")
  var noTagBackup = false

  @OptionGroup var certificates: CertificateOption

  func validate() throws {
    guard (1...100).contains(maxAttempts) else {
      throw ValidationError("--max-attempts is \(maxAttempts), but it must be 1 to 100.")
    }
    guard maxElapsed.seconds > 0 else {
      throw ValidationError("--max-elapsed must be at least 1s.")
    }
  }

  /// Refuses calls without a rate limit, except to this machine.
  func requireLimit(for app: App, _ console: Console) throws(ExitCode) {
    guard rate == .unlimited, app.location.endpoint?.isLoopback != true else { return }
    throw console.fail(
      "--rate none works only against this machine",
      "The service allows at most \(Rate.limit) calls per second. Give --rate 1 to 100, or leave "
        + "it out. Nothing was sent.", status: .usage)
  }

  var options: Applier.Options {
    var options = certificates.applierOptions
    options.settings.rate = rate
    options.settings.maxAttempts = maxAttempts
    options.settings.progressTimeout = .seconds(Double(maxElapsed.seconds))
    options.settings.resendWithin = resendWithin.seconds
    options.settings.acceptsAbsent = acceptAbsent
    options.settings.savesTags = !noTagBackup
    return options
  }

  /// The options as they were given, for the command that continues the run.
  var words: [String] {
    let usual = ApplyMachine.Settings()
    var words: [String] = []
    if rate != .standard { words += ["--rate", "\(rate)"] }
    if maxAttempts != usual.maxAttempts { words += ["--max-attempts", "\(maxAttempts)"] }
    if Double(maxElapsed.seconds) != usual.progressTimeout.seconds {
      words += ["--max-elapsed", "\(maxElapsed)"]
    }
    if resendWithin.seconds != usual.resendWithin {
      words += ["--resend-within", "\(resendWithin)"]
    }
    if acceptAbsent { words.append("--accept-absent") }
    if noTagBackup { words.append("--no-tag-backup") }
    if let caFile = certificates.caFile { words += ["--ca-file", quoted(caFile)] }
    return words
  }
}

/// A duration in a flag: `90s`, `10m`, `2h`, or seconds without a unit; at most a week.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
  let seconds: Int

  private static let longest = 7 * 24 * 3600

  init(seconds: Int) {
    self.seconds = seconds
  }

  init?(argument: String) {
    let units = ["s": 1, "m": 60, "h": 3600]
    let unit = argument.last.flatMap { units[String($0)] }
    let digits = unit == nil ? argument[...] : argument.dropLast()
    guard digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(digits),
      number <= Self.longest / (unit ?? 1)
    else { return nil }
    seconds = number * (unit ?? 1)
  }

  var description: String {
    if seconds > 0, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
    return seconds > 0 && seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
  }

  var defaultValueDescription: String { description }
}
