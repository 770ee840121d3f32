import Testing

@testable import PruneCore
@testable import imprune

/// The plots of a run show what its timeline has.
@Suite struct RunPlotsTests {
  private let start = Instant(nanoseconds: 5_000_000_000_000)

  /// Nine calls in the first second, and four in the half of a second in which the run is stopped.
  private func plots() -> [Plot] {
    var timeline = Timeline(from: start)
    var counts = OutcomeCounts()
    for (second, calls) in [(0.0, 9), (1.0, 4)] {
      for call in 0..<calls {
        timeline.sent(.deleteAccounts, at: start + .seconds(second + Double(call) * 0.1))
      }
      timeline.answered(after: .seconds(0.02), at: start + .seconds(second + 0.5))
      counts.removed += calls
      timeline.note(counts, at: start + .seconds(second + 0.5))
    }
    var report = RunReport(
      toolVersion: "0", started: Timestamp(seconds: 0), manifest: "imprune.yaml", state: "")
    report.stopped = "SIGINT"
    return RunPlots.all(timeline, report, rate: .standard)
  }

  @Test func `a second that the end of the run cuts short shows its calls, not a higher rate`()
    throws
  {
    let calls = try #require(plots().first { $0.title == "Calls per second." })
    #expect(calls.lines.map(\.name) == ["account_delete"])
    #expect(calls.lines[0].points.map(\.y) == [9, 9, 4, 4])
    #expect(calls.lines[0].points.map(\.x) == [0, 1, 1, 1.5])
    #expect(calls.limit?.y == 90)
  }

  @Test func `all plots end where the run was stopped`() {
    let plots = plots()
    #expect(plots.map(\.title) == ["Calls per second.", "Answer times.", "Users by outcome."])
    for plot in plots {
      #expect(plot.end == 1.5 && plot.marks.map(\.x) == [1.5], "\(plot.title)")
      #expect(plot.lines.allSatisfy { $0.points.allSatisfy { $0.x <= 1.5 } }, "\(plot.title)")
    }
    #expect(plots[2].lines[0].points.map(\.y) == [0, 9, 13])
  }
}
