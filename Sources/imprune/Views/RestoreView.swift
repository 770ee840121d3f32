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
    var hidden = showsAll ? 0 : max(0, found.removed.count - shown)
    for user in found.removed.prefix(showsAll ? .max : shown) {
      text +=
        style.yellow("    \(printable("\(user.id)"))  \(words(user.reason)): left alone") + "\n"
    }
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
    if !found.removed.isEmpty {
      let count = found.removed.count
      text +=
        style.wrapped(
          "Left alone: \(counted(count, "user")) whose account may be gone by the state. "
            + "\(count == 1 ? "The id" : "An id") may belong to another person now.") + "\n"
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
    _ user: MergedTags.User, _ status: RestoreStatus, missing left: Int? = nil, _ style: Style
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
    case .absent: return style.faint("    \(id)  \(noAccount): left alone") + "\n"
    case .otherTags: return style.yellow("    \(id)  \(otherTags): left alone") + "\n"
    case .unread(let reason):
      return style.red("    \(id)  \(FindingWords.of(reason))") + "\n"
    case .failed(let code):
      let part = left.map { "; \($0) of \(counted(user.tags.count, "tag")) missing" } ?? ""
      return style.red("    \(id)  \(words(code))\(part)") + "\n"
    }
  }

  private static let noAccount = "no account"
  private static let otherTags = "has other tags now (--merge adds the saved ones)"

  private static func words(_ code: ServiceCode) -> String {
    switch code.number {
    case 0: "failed: the service reported success, but the tags are missing"
    case 90032: "failed with code 90032 (too many tags)"
    default: "failed with code \(code)"
    }
  }

  private static func words(_ reason: RemovedUser.Reason) -> String {
    switch reason {
    case .removed: "imprune has removed the account"
    case .absent: "the account was to be removed and did not exist"
    case .unknown: "imprune sent a removal and does not know its outcome"
    }
  }

  /// What became of the users who lacked tags; so many others were left alone, and `isNamed` says that
  /// the person has named each user.
  static func result(
    _ result: RunResult, _ users: Restoration, leftAlone: Int, isNamed: Bool, _ style: Style,
    showsAll: Bool
  ) -> String {
    var text = ""
    var hidden = 0
    var final: Set<Int32> = []
    var tally = Tally()
    for index in 0..<users.count {
      let status = users.status(at: index)
      tally.add(status)
      if status == .restored || status == .unread(.notReached) { continue }
      if case .failed(let code) = status, status.isFinal { final.insert(code.number) }
      guard showsAll || tally.count(of: status) <= shown else {
        hidden += 1
        continue
      }
      text += line(users[index], status, missing: users.missing(at: index), style)
    }
    if hidden > 0 {
      text += style.faint("  ... \(grouped(hidden)) more; --all shows them ...") + "\n"
    }
    let others = leftAlone > 0 ? ", \(grouped(leftAlone)) left alone" : ""
    let words = tally.words(done: "restored") + others
    if let stop = result.stop {
      text += style.wrapped(style.red("Restore stopped: ") + ResultView.words(stop)) + "\n"
      text += style.bold("Until then: \(words).") + "\n"
    } else {
      let isWhole = users.isWhole && !(isNamed && leftAlone > 0)
      let heading =
        isWhole ? style.green("Restore complete!") : style.yellow("Restore ended.")
      text += heading + " " + style.bold(words + ".") + "\n"
    }
    let statuses = (0..<users.count).lazy.map { users.status(at: $0) }
    if statuses.contains(where: { !$0.isFinal }) {
      text += "Run the command again to restore the rest.\n"
    }
    if !final.isEmpty { text += style.wrapped(advice(final)) + "\n" }
    return text
  }

  /// What to do about codes that another restore meets again.
  private static func advice(_ codes: Set<Int32>) -> String {
    let list = codes.sorted().map(String.init).joined(separator: ", ")
    let limit =
      codes.contains(90032)
      ? " 90032 means too many tags: the service allows a user 100, and with `tags_api: timpush` an app 1,000 "
        + "different ones. Remove tags that are not needed, then run the command again."
      : " See the list of error codes: https://tencentcloud.com/document/product/1047/34348."
    return "Another restore does not help users who failed with code \(list)." + limit
  }

  /// Users whom a restore leaves alone on purpose.
  struct LeftAlone {
    /// How many there are, and how many of them were found before anything was added.
    let count: Int
    let before: Int
    /// One of them, with the reason; nil if there is none.
    let first: (id: UserID, reason: String)?

    init(_ ended: TagRestore.Ended) {
      var users = ended.removed.map { (id: $0.id, reason: words($0.reason)) }
      users += Self.users(of: ended.read)
      before = users.count
      if let restored = ended.restored { users += Self.users(of: restored.users) }
      count = users.count
      first = users.first
    }

    private static func users(of users: Restoration) -> [(id: UserID, reason: String)] {
      (0..<users.count).filter { users.status(at: $0).isLeftAlone }.map {
        (users[$0].id, users.status(at: $0) == .absent ? noAccount : otherTags)
      }
    }
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
