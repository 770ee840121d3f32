import PruneCore

/// The plots of a run.
enum RunPlots {
  static func all(_ timeline: Timeline, _ report: RunReport, rate: Rate) -> [Plot] {
    [
      calls(timeline, report, rate), times(timeline), outcomes(timeline, report),
      retries(timeline),
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
        points: steps(timeline) { $0.calls(call) })
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
          points: steps(timeline) { $0.throttled }))
    }
    return Plot(
      title: "Calls per second.",
      caption:
        "\(counted(count, "call")) in \(tenths(timeline.duration.seconds)) s, with \(limit). "
        + (throttled == 0
          ? "The service refused none as too fast."
          : "The service refused \(grouped(throttled)) as too fast."),
      lines: drawn,
      limit: rate == .unlimited ? nil : (Double(rate.perSecond), "limit"),
      marks: stop(timeline, report))
  }

  /// What happened per second, as steps; the last one ends with the run.
  private static func steps(
    _ timeline: Timeline, _ count: (Timeline.Point) -> Int
  ) -> [(x: Double, y: Double)] {
    var steps: [(x: Double, y: Double)] = []
    for point in timeline.points {
      let start = Double(point.second)
      let end = min(start + Double(timeline.width), max(timeline.duration.seconds, start + 0.1))
      // A time without any event has no point.
      if let last = steps.last?.x, last < start { steps += [(last, 0), (start, 0)] }
      let rate = Double(count(point)) / (end - start)
      steps += [(start, rate), (end, rate)]
    }
    return steps
  }

  private static func times(_ timeline: Timeline) -> Plot? {
    let points = timeline.points.filter { $0.times.count > 0 }
    if points.isEmpty { return nil }
    var all = AnswerTimes()
    for point in points { all.add(point.times) }
    func line(_ name: String, _ color: StaticString, _ time: (AnswerTimes) -> Interval) -> Plot.Line
    {
      Plot.Line(
        name: name, color: color,
        points: points.map { (Double($0.second), milliseconds(time($0.times))) })
    }
    func words(_ time: Interval) -> String { "\(tenths(milliseconds(time))) ms" }
    return Plot(
      title: "Answer times.",
      caption: "Half of the answers took up to \(words(all.time(ofShare: 0.5))), 95 % up to "
        + "\(words(all.time(ofShare: 0.95))), the slowest \(words(all.slowest)).",
      lines: [
        line("slowest", "hot") { $0.slowest },
        line("95th percentile", "warm") { $0.time(ofShare: 0.95) },
        line("median", "blue") { $0.time(ofShare: 0.5) },
      ], unit: "ms")
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
      let steps = points.map { (Double($0.second + timeline.width), Double(count($0.counts))) }
      return Plot.Line(name: name, color: color, points: [(0, 0)] + steps)
    }
    if lines.isEmpty { return nil }
    let counts = report.counts
    return Plot(
      title: "Users by outcome.",
      caption: "\(grouped(counts.done)) done, \(grouped(counts.failed)) failed, "
        + "\(grouped(counts.unknown)) unknown, \(grouped(counts.notAttempted)) not attempted.",
      lines: lines, marks: stop(timeline, report))
  }

  private static func retries(_ timeline: Timeline) -> Plot? {
    let count = timeline.points.reduce(0) { $0 + $1.retries }
    if count == 0 { return nil }
    return Plot(
      title: "Retries.",
      caption: "imprune repeated \(counted(count, "call")) after a failure that may pass.",
      lines: [
        Plot.Line(
          name: "retries per second", color: "warm",
          points: steps(timeline) { $0.retries })
      ])
  }
}
