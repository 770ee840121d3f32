import PruneCore

/// The plots of a run.
enum RunPlots {
  static func all(_ timeline: Timeline, _ report: RunReport, rate: Rate) -> [Plot] {
    [
      calls(timeline, report, rate), times(timeline, report), outcomes(timeline, report),
      retries(timeline, report),
    ].compactMap(\.self)
  }

  private static func stop(_ timeline: Timeline, _ report: RunReport) -> [Plot.Mark] {
    report.stopped == nil ? [] : [Plot.Mark(x: timeline.duration.seconds, words: "stopped")]
  }

  private static func calls(_ timeline: Timeline, _ report: RunReport, _ rate: Rate) -> Plot? {
    let points = timeline.points
    let colors: [StaticString] = ["violet", "teal", "warm", "blue", "grass"]
    let lines = zip(Call.allCases, colors).compactMap { call, color -> Plot.Line? in
      if points.allSatisfy({ $0.calls(call) == 0 }) { return nil }
      return Plot.Line(
        name: ResultView.name(call), color: color,
        points: steps(timeline) { perSecond($0.calls(call), timeline) })
    }
    if lines.isEmpty { return nil }
    let count = points.reduce(0) { $0 + $1.calls.reduce(0, +) }
    let throttled = points.reduce(0) { $0 + $1.throttled }
    let limit = rate == .unlimited ? "no limit" : "a limit of \(rate) a second for each kind"
    var drawn = lines
    if throttled > 0 {
      drawn.append(
        Plot.Line(
          name: "refused as too fast", color: "hot",
          points: steps(timeline) { perSecond($0.throttled, timeline) }))
    }
    return Plot(
      title: "Calls per second.",
      caption:
        "\(counted(count, "call")) in \(tenths(timeline.duration.seconds)) s, with \(limit). "
        + (throttled == 0
          ? "The service refused none as too fast."
          : "The service refused \(grouped(throttled)) as too fast."),
      end: end(timeline), lines: drawn,
      limit: rate == .unlimited ? nil : (Double(rate.perSecond), "limit"),
      marks: stop(timeline, report))
  }

  /// The end of a run in seconds. All plots have the same axis of time.
  private static func end(_ timeline: Timeline) -> Double {
    max(timeline.duration.seconds, Double(timeline.points.last?.second ?? 0) + 0.1)
  }

  /// The last time may be cut short by the end of the run, but counts as a whole one: a few calls in its
  /// first tenth are no high rate.
  private static func perSecond(_ count: Int, _ timeline: Timeline) -> Double {
    Double(count) / Double(timeline.width)
  }

  /// The values of each time as steps, the last of which ends with the run. A time without any event has
  /// no point, and the value 0.
  private static func steps(
    _ timeline: Timeline, _ value: (Timeline.Point) -> Double
  ) -> [(x: Double, y: Double)] {
    var steps: [(x: Double, y: Double)] = []
    for point in timeline.points {
      let start = Double(point.second)
      if let last = steps.last?.x, last < start { steps += [(last, 0), (start, 0)] }
      steps += [
        (start, value(point)), (min(start + Double(timeline.width), end(timeline)), value(point)),
      ]
    }
    return steps
  }

  private static func times(_ timeline: Timeline, _ report: RunReport) -> Plot? {
    let points = timeline.points.filter { $0.times.count > 0 }
    if points.isEmpty { return nil }
    var all = AnswerTimes()
    for point in points { all.add(point.times) }
    func line(_ name: String, _ color: StaticString, _ time: (AnswerTimes) -> Interval) -> Plot.Line
    {
      Plot.Line(
        name: name, color: color,
        // In the middle of the time that they stand for.
        points: points.map { point in
          let start = Double(point.second)
          let end = min(start + Double(timeline.width), end(timeline))
          return ((start + end) / 2, milliseconds(time(point.times)))
        })
    }
    func words(_ time: Interval) -> String { "\(tenths(milliseconds(time))) ms" }
    return Plot(
      title: "Answer times.",
      caption: "Half of the answers took up to \(words(all.time(ofShare: 0.5))), 95 % up to "
        + "\(words(all.time(ofShare: 0.95))), the slowest \(words(all.slowest)).",
      end: end(timeline),
      lines: [
        line("slowest", "hot") { $0.slowest },
        line("95th percentile", "warm") { $0.time(ofShare: 0.95) },
        line("median", "blue") { $0.time(ofShare: 0.5) },
      ], marks: stop(timeline, report), unit: "ms")
  }

  private static func milliseconds(_ time: Interval) -> Double { time.seconds * 1000 }

  private static func outcomes(_ timeline: Timeline, _ report: RunReport) -> Plot? {
    let points = timeline.points
    let kinds: [(String, StaticString, (OutcomeCounts) -> Int)] = [
      ("removed", "blue", { $0.removed }), ("already absent", "violet", { $0.alreadyAbsent }),
      ("cleared", "grass", { $0.cleared }), ("failed", "hot", { $0.failed }),
      ("unknown", "warm", { $0.unknown }),
    ]
    let lines = kinds.compactMap { name, color, count -> Plot.Line? in
      guard points.contains(where: { count($0.counts) > 0 }) else { return nil }
      let steps = points.map { point in
        (min(Double(point.second + timeline.width), end(timeline)), Double(count(point.counts)))
      }
      return Plot.Line(name: name, color: color, points: [(0, 0)] + steps)
    }
    if lines.isEmpty { return nil }
    let counts = report.counts
    return Plot(
      title: "Users by outcome.",
      caption: "\(grouped(counts.done)) done, \(grouped(counts.failed)) failed, "
        + "\(grouped(counts.unknown)) unknown, \(grouped(counts.notAttempted)) not attempted.",
      end: end(timeline), lines: lines, marks: stop(timeline, report))
  }

  private static func retries(_ timeline: Timeline, _ report: RunReport) -> Plot? {
    let count = timeline.points.reduce(0) { $0 + $1.retries }
    if count == 0 { return nil }
    return Plot(
      title: "Retries.",
      caption: "imprune repeated \(counted(count, "call")) after a failure that may pass.",
      end: end(timeline),
      lines: [
        Plot.Line(
          name: "retries per second", color: "warm",
          points: steps(timeline) { perSecond($0.retries, timeline) })
      ], marks: stop(timeline, report))
  }
}
