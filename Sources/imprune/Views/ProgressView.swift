import PruneCore
import PruneEngine

/// Live progress on standard error: a bar that is redrawn on a terminal, otherwise a line every few
/// seconds.
final class ProgressView {
  private let console: Console
  private let isLive: Bool
  private let start: Instant
  private var lastShown: Instant
  private var hasBar = false
  /// How many users were completed some seconds ago, to compute the current speed: the last two
  /// samples.
  private var marks: [(settled: Int, at: Instant)] = []

  private static let liveInterval = Interval.seconds(0.1)
  private static let plainInterval = Interval.seconds(5)

  init(_ console: Console) {
    self.console = console
    isLive = Process.isTerminal(2) && Process.environment("TERM") != "dumb"
    start = Instant.now()
    lastShown = start
  }

  /// Shows the progress, if the last update is long enough ago.
  func show(_ progress: ApplyMachine.Progress) {
    let now = Instant.now()
    let interval = isLive ? Self.liveInterval : Self.plainInterval
    guard now - lastShown >= interval else { return }
    lastShown = now
    let text = Self.line(
      progress, speed: speed(progress.settled, now),
      columns: isLive ? Process.columns(2) ?? 80 : nil, console.error.green)
    if isLive {
      console.note("\r\u{1B}[K" + text)
      hasBar = true
    } else {
      console.note(text + "\n")
    }
  }

  /// Shows an event.
  func show(_ notice: Notice) {
    guard let words = ResultView.words(notice) else { return }
    clear()
    console.note(console.error.wrapped(words, hanging: 2) + "\n")
  }

  /// Removes the bar.
  func end() {
    clear()
  }

  private func clear() {
    if hasBar { console.note("\r\u{1B}[K") }
    hasBar = false
  }

  /// The progress of a run, with a bar if there are `columns`; `speed` is in users per second.
  static func line(
    _ progress: ApplyMachine.Progress, speed: Double, columns: Int?, _ paint: (String) -> String
  ) -> String {
    let (settled, total) = (progress.settled, progress.total)
    // The first steps, one call at a time, do not predict how long the rest will take.
    let isUnderWay = speed >= 1
    let numbers =
      "\(progress.activity): \(settled)/\(total)" + (isUnderWay ? " at \(Int(speed)) users/s" : "")
    let isSlowed = progress.rate < Double(progress.limit.perSecond)
    let rate = ", " + Self.rate(progress)
    let eta = isUnderWay ? ", about \(duration(Double(total - settled) / speed)) left" : ""
    guard var columns else { return numbers + rate + eta }
    // Room for the `^C` that a terminal shows, which would break the redrawn line.
    columns = max(1, columns - 3)
    // The bar is worth more than the normal rate.
    let texts = isSlowed ? [numbers + rate + eta] : [numbers + rate + eta, numbers + eta]
    for words in texts {
      let room = min(40, columns - words.count - 3)
      if room < 8 { continue }
      let filled = total > 0 ? room * settled / total : 0
      let bar =
        String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled)
      return "[\(paint(bar))] " + words
    }
    let words = [numbers + rate + eta, numbers + eta].first { $0.count <= columns }
    return words ?? String((numbers + eta).prefix(columns))
  }

  /// The current rate of calls, with the limit if it is lower.
  static func rate(_ progress: ApplyMachine.Progress) -> String {
    if progress.limit == .unlimited { return "no limit" }
    if progress.rate < Double(progress.limit.perSecond) {
      return "slowed to \(tenths(progress.rate)) of \(progress.limit) calls/s"
        + (progress.ceiling.map { " (ceiling \(Int($0.rounded())))" } ?? "")
        + (progress.refusals > 0 ? ", \(progress.refusals) refused" : "")
    }
    return "\(progress.limit) calls/s"
  }

  /// Users per second over the last five to ten seconds.
  private func speed(_ settled: Int, _ now: Instant) -> Double {
    if marks.isEmpty { marks.append((0, start)) }
    if let last = marks.last, now - last.at >= .seconds(5) { marks.append((settled, now)) }
    if marks.count > 2 { marks.removeFirst() }
    let elapsed = (now - marks[0].at).seconds
    return elapsed > 0 ? Double(settled - marks[0].settled) / elapsed : 0
  }
}
