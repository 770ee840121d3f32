import ArgumentParser
import PruneCore
import PruneEngine

/// The forms that a plan is given in.
enum PlanFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
  case markdown
  /// Text, and what GitHub Actions reads.
  case github
}

/// Where a plan goes, in which forms; one plan may go to several places.
struct PlanOutput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What is printed; github is text, with annotations, step summary and outputs besides. "
        + "(default: github if GITHUB_ACTIONS is true, otherwise text)",
      valueName: "format"))
  var format: PlanFormat?

  @Flag(name: .customLong("all"), help: "List every user of a long plan, in text.")
  var showsAll = false

  @Option(
    help: ArgumentHelp(
      "Save the plan, to be approved and applied with `apply --plan`.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var out: String?

  @Option(
    name: .customLong("json-out"),
    help: ArgumentHelp("Write the plan as JSON, a refused one too.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var jsonOut: String?

  @Option(
    name: .customLong("markdown-out"),
    help: ArgumentHelp(
      "Write the plan as Markdown for a comment, at most 60000 bytes.", valueName: "file"),
    completion: .file(extensions: ["md"]))
  var markdownOut: String?

  @Option(
    name: .customLong("gitlab-out"),
    help: ArgumentHelp(
      "Write the counts for GitLab's `artifacts:reports:terraform`.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var gitlabOut: String?

  /// What is to be written, flag by flag.
  var named: [(flag: String, path: String?)] {
    [
      ("--out", out), ("--json-out", jsonOut), ("--markdown-out", markdownOut),
      ("--gitlab-out", gitlabOut),
    ]
  }

  /// Decides where all of it goes; throws if one output cannot take what is meant for it.
  func places(_ console: Console) throws -> OutputPlaces {
    let places = try console.places(named, failing: Self.failure)
    if let flag = places.flagOfStandardOutput, [.json, .markdown].contains(format) {
      throw ValidationError(
        "Standard output takes one document: leave out \(flag), or --format.")
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

  static let failure = "the plan cannot be saved"

  /// The form to print in.
  func format(_ github: GitHubActions) -> PlanFormat {
    format ?? (github.isRunner ? .github : .text)
  }

  /// Writes where people look for a plan that a manifest with errors has none.
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
    } catch {
      throw console.fail("the problems cannot be saved", "\(error).")
    }
  }

  /// Writes a text that is made only if it is wanted.
  private func write(
    _ text: @autoclosure () -> String, to place: OutputPlace?, _ console: Console
  ) throws(SystemError) {
    guard let place else { return }
    let file = try OutputFile(place)
    try file.write(Array(console.harmless(text(), in: place).utf8))
    try file.commit()
  }

  private func summarize(
    _ console: Console, _ render: (Int) -> String?
  ) throws(SystemError) {
    if try !console.github.summarize(render) {
      console.warn("the step's summary is full, and has no room for this.")
    }
  }

  /// Prints the plan, and writes it wherever else it is wanted. `apply` is the command that applies
  /// what is saved.
  func show(
    _ plan: Plan, _ places: OutputPlaces, _ console: Console, rate: Rate, apply: (String) -> String
  ) throws(ExitCode) {
    let format = format(console.github)
    // Every file of the manifest is read again for it, so only if it is asked for.
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
      try write(
        String(decoding: GitLabView.report(plan), as: UTF8.self), to: places["--gitlab-out"],
        console)
      if let place = places["--out"] {
        // Also a refused plan, which approves nothing: an old plan must not pass for this one.
        try PlanFiles.save(plan, provenance, to: place)
        if place.isFile {
          console.note(
            plan.isRefused
              ? "Saved to \(place.name), as refused; it approves nothing.\n"
              : "Saved to \(place.name). Apply it with `\(apply(place.name))`.\n")
        }
      }
    } catch {
      throw console.fail(Self.failure, "\(error).")
    }
  }
}
