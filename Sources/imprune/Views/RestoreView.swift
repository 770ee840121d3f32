import JSON
import PruneCore
import PruneEngine

/// A restore of tags, as text: what was read, and what became of it.
enum RestoreView {
  /// How many users of each kind are listed without `--all`.
  private static let shown = 20
  private static let shownTags = 10

  static let notWhole =
    "The tag file has no end line: the run was interrupted, or the file is incomplete. imprune "
    + "restores the users that the file has."

  /// What was read, before anything is added.
  static func plan(
    _ found: TagRestore.Found, _ file: String, _ style: Style, showsAll: Bool
  ) -> String {
    let (read, reopened) = (found.read, found.reopened)
    var text = ""
    var tally = Tally()
    var hidden = 0
    for index in 0..<read.count {
      let status = read.status(at: index)
      tally.add(status)
      if status == .restored { continue }
      guard showsAll || tally.count(of: status) <= shown else {
        hidden += 1
        continue
      }
      text += line(read[index], status, style)
    }
    if hidden > 0 {
      text += style.faint("  ... \(grouped(hidden)) more; --all shows them ...") + "\n"
    }
    if !text.isEmpty { text += "\n" }
    text +=
      style.bold("Tags in \(printable(file)): \(tally.words(done: "with all of them")).") + "\n"
    if let first = found.removed.first {
      text +=
        style.wrapped(
          "Left alone, because imprune has removed the account: "
            + "\(counted(found.removed.count, "user")), such as \(printable("\(first)")). The id may "
            + "belong to another person now.") + "\n"
    }
    if reopened > 0 {
      text +=
        style.wrapped(
          "The state will forget that \(counted(reopened, "user was", "users were")) cleared, so the "
            + "next plan clears \(reopened == 1 ? "this user" : "them") again as long as the manifest "
            + "says so.") + "\n"
    }
    return text
  }

  private static func line(
    _ user: MergedTags.User, _ status: RestoreStatus, _ style: Style
  ) -> String {
    let id = printable("\(user.id)")
    switch status {
    case .restored: return "    \(id)  has all tags\n"
    case .missing(let missing):
      var json = JSONText()
      json.value(Array(user.tags.prefix(shownTags)))
      let tags = printable(String(decoding: json.take(), as: UTF8.self))
      let rest = user.tags.count - shownTags
      let part = missing < user.tags.count ? "\(missing) of " : ""
      return "  \(style.green("+")) \(id)  \(part)\(tags)\(rest > 0 ? " and \(rest) more" : "")\n"
    case .absent: return style.faint("    \(id)  no account") + "\n"
    case .otherTags: return style.yellow("    \(id)  has other tags now: left alone") + "\n"
    case .unread(let reason):
      return style.red("    \(id)  \(FindingWords.of(reason))") + "\n"
    case .failed(ServiceCode(0)):
      return style.red("    \(id)  failed: the service reported success, but the tags are missing")
        + "\n"
    case .failed(let code): return style.red("    \(id)  failed with code \(code)") + "\n"
    }
  }

  /// What became of the users who lacked tags.
  static func result(_ result: RunResult, _ users: Restoration, _ style: Style) -> String {
    var text = ""
    var tally = Tally()
    for index in 0..<users.count {
      let status = users.status(at: index)
      tally.add(status)
      if status == .restored || status == .unread(.notReached) { continue }
      if tally.count(of: status) <= shown { text += line(users[index], status, style) }
    }
    let words = tally.words(done: "restored")
    if let stop = result.stop {
      text += style.wrapped(style.red("Restore stopped: ") + ResultView.words(stop)) + "\n"
      text += style.bold("Until then: \(words).") + "\n"
    } else {
      let heading =
        users.isWhole ? style.green("Restore complete!") : style.yellow("Restore ended.")
      text += heading + " " + style.bold(words + ".") + "\n"
    }
    if !users.isWhole { text += "Run the command again to restore the rest.\n" }
    return text
  }

  /// How many users have each status.
  private struct Tally {
    private var counts: [Int] = [0, 0, 0, 0, 0, 0]

    mutating func add(_ status: RestoreStatus) { counts[kind(status)] += 1 }

    /// How many users with this kind of status were added so far.
    func count(of status: RestoreStatus) -> Int { counts[kind(status)] }

    private func kind(_ status: RestoreStatus) -> Int {
      switch status {
      case .missing: 0
      case .restored: 1
      case .absent: 2
      case .otherTags: 3
      case .unread: 4
      case .failed: 5
      }
    }

    func words(done: String) -> String {
      let words = [
        "to restore", done, "without an account", "with other tags now", "not read", "failed",
      ]
      if counts.allSatisfy({ $0 == 0 }) { return "no users" }
      return zip(counts, words).filter { $0.0 > 0 }
        .map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", ")
    }
  }
}
