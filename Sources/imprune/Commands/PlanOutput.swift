import ArgumentParser
import PruneCore
import PruneEngine

/// The output formats of a plan.
enum PlanFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
  case markdown
  /// Text, and output for GitHub Actions.
  case github
}

/// Where to write a plan and in which formats; one plan may go to several places.
struct PlanOutput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Output format. `github` is text plus annotations, step summary and step outputs. "
        + "(default: github if GITHUB_ACTIONS is true, otherwise text)",
      valueName: "format"))
  var format: PlanFormat?

  @Flag(name: .customLong("all"), help: "List all users of a long plan (text format).")
  var showsAll = false

  @Option(
    help: ArgumentHelp(
      "Save the plan, to review it and apply it with `apply --plan`.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var out: String?

  @Option(
    name: .customLong("json-out"),
    help: ArgumentHelp("Write the plan as JSON, even if it is refused.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var jsonOut: String?

  @Option(
    name: .customLong("markdown-out"),
    help: ArgumentHelp(
      "Write the plan as Markdown for a comment, at most 60000 bytes.", valueName: "file"),
    completion: .file(extensions: ["md"]))
  var markdownOut: String?

  @OptionGroup var page: PageOption

  @Option(
    name: .customLong("gitlab-out"),
    help: ArgumentHelp(
      "Write the counts for GitLab's `artifacts:reports:terraform`.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var gitlabOut: String?

  /// The output files, by flag.
  var named: [(flag: String, path: String?)] {
    [
      ("--out", out), ("--json-out", jsonOut), ("--markdown-out", markdownOut),
      page.named, ("--gitlab-out", gitlabOut),
    ]
  }

  /// Decides where each output goes; throws if imprune must not write to one of them.
  func places(_ console: Console) throws -> OutputPlaces {
    let places = try console.places(named, failing: Self.failure)
    if let flag = places.flagOfStandardOutput, [.json, .markdown].contains(format) {
      throw ValidationError(
        "Standard output can take only one document. Leave out \(flag) or --format.")
    }
    if format(console.github) == .github {
      try console.checked(failing: Self.failure) { () throws(OutputRefusal) in
        for (name, path) in console.github.files {
          try places.requireOther(thanAppended: path, called: name)
        }
      }
    }
    return places
  }

  static let failure = "imprune cannot save the plan"

  /// The format to print.
  func format(_ github: GitHubActions) -> PlanFormat {
    format ?? (github.isRunner ? .github : .text)
  }

  /// Writes the errors of a manifest to the places where people look for its plan.
  func show(
    _ reading: ManifestReading, _ places: OutputPlaces, _ console: Console
  ) throws(ExitCode) {
    do throws(SystemError) {
      if format(console.github) == .github {
        try summarize(console) { MarkdownView.render(reading, budget: $0) }
      }
      if let text = MarkdownView.render(reading, budget: MarkdownView.comment) {
        try write(text, to: places["--markdown-out"], console)
      }
      if let place = places[PageOption.flag] {
        try OutputFile.save(PlanPage.make(reading), to: place)
      }
    } catch {
      throw console.fail(
        "imprune cannot save the problems", "\(error). Name another file, or fix the permissions.")
    }
  }

  /// Writes a text, which is rendered only if there is a place for it.
  private func write(
    _ text: @autoclosure () -> String, to place: OutputPlace?, _ console: Console
  ) throws(SystemError) {
    guard let place else { return }
    try OutputFile.save(Array(console.harmless(text(), in: place).utf8), to: place)
  }

  private func summarize(
    _ console: Console, _ render: (Int) -> String?
  ) throws(SystemError) {
    if try !console.github.summarize(render) {
      console.warn(
        "the GitHub step summary is full, so imprune did not add the plan to it. See "
          + "the log of this step.")
    }
  }

  /// Prints the plan and writes it to all other outputs. `apply` returns the command that applies a
  /// saved plan.
  func show(
    _ plan: Plan, _ places: OutputPlaces, _ console: Console, rate: Rate, apply: (String) -> String
  ) throws(ExitCode) {
    let format = format(console.github)
    // It reads every file of the manifest again, so only if an output needs it.
    lazy var provenance = PlanFiles.provenance(of: plan, toolVersion: Version.current)
    switch format {
    case .json: console.print(plan, provenance)
    case .markdown: console.print(MarkdownView.render(plan, budget: MarkdownView.comment))
    case .text, .github:
      console.print(PlanView.render(plan, console.out, showsAll: showsAll, rate: rate))
    }
    do throws(SystemError) {
      if format == .github {
        try console.github.publish(plan)
        try summarize(console) { MarkdownView.render(plan, budget: $0) }
      }
      if let place = places["--json-out"] { try PlanFiles.save(plan, provenance, to: place) }
      try write(
        MarkdownView.render(plan, budget: MarkdownView.comment), to: places["--markdown-out"],
        console)
      if let place = places[PageOption.flag] {
        try OutputFile.save(PlanPage.make(plan), to: place)
      }
      try write(
        String(decoding: GitLabView.report(plan), as: UTF8.self), to: places["--gitlab-out"],
        console)
      if let place = places["--out"] {
        // Also for a refused plan, which approves nothing: an old file must not look like this
        // plan.
        try PlanFiles.save(plan, provenance, to: place)
        if place.isFile {
          console.note(
            plan.isRefused
              ? "Saved the refused plan to \(place.name); it approves nothing.\n"
              : "Saved to \(place.name). Apply it with `\(apply(place.name))`.\n")
        }
      }
    } catch {
      throw console.fail(Self.failure, "\(error). Name another file, or fix the permissions.")
    }
  }
}
