import Simulation

/// Draws calls over time as SVG: what is available, what was accepted in each second, and refusals.
struct RatePicture {
  let text: String

  private static let (width, height, left, top) = (720.0, 240.0, 44.0, 30.0)

  /// `calls` are sorted; their times are in seconds after the first.
  init(_ calls: [(at: Double, isAccepted: Bool)], limit: SharedLimit, seconds: Int) {
    let (plotWidth, plotHeight) = (Self.width - Self.left - 14, Self.height - Self.top - 36)
    func x(_ time: Double) -> Double { Self.left + time / Double(seconds) * plotWidth }
    func y(_ rate: Double) -> Double { Self.top + (1 - rate / 110) * plotHeight }
    /// A coordinate with one decimal, written the same everywhere.
    func number(_ value: Double) -> String {
      let tenths = Int((value * 10).rounded())
      return "\(tenths / 10).\(tenths % 10)"
    }
    func point(_ time: Double, _ rate: Double) -> String { "\(number(x(time))),\(number(y(rate)))" }
    func line(_ points: [String], _ type: String) -> String {
      #"<polyline class="\#(type)" points="\#(points.joined(separator: " "))"/>"#
    }

    var parts: [String] = []
    for rate in stride(from: 0.0, through: 100, by: 20) {
      parts.append(
        #"<path class="grid" d="M\#(point(0, rate))H\#(number(x(Double(seconds))))"/>"#
          + #"<text x="\#(number(Self.left - 6))" y="\#(number(y(rate) + 4))" text-anchor="end">"#
          + "\(Int(rate))</text>")
    }
    for time in stride(from: 0, through: seconds, by: 10) {
      parts.append(
        #"<text x="\#(number(x(Double(time))))" y="\#(number(Self.height - 18))" "#
          + #"text-anchor="middle">\#(time)</text>"#)
    }
    let available = (0..<seconds).flatMap { second in
      let left = Double(limit.left(after: Double(second)))
      return [point(Double(second), left), point(Double(second + 1), left)]
    }
    parts.append(line(available, "available"))
    let accepted = calls.filter(\.isAccepted).map(\.at)
    // The first second has no full second behind it.
    let rates = (4...(seconds * 4)).map { quarter in
      let end = Double(quarter) / 4
      let rate = Double(accepted.count { $0 > end - 1 && $0 <= end })
      return point(end, rate)
    }
    parts.append(line(rates, "accepted"))
    for call in calls where !call.isAccepted {
      parts.append(
        #"<circle class="refused" cx="\#(number(x(call.at)))" cy="\#(number(y(3)))" r="2.5"/>"#)
    }
    let legend = [
      ("available", "calls that other clients leave"), ("accepted", "accepted in the last second"),
      ("refused", "a refused call"),
    ]
    for (index, (type, words)) in legend.enumerated() {
      let start = Self.left + Double(index) * 225
      parts.append(
        (type == "refused"
          ? #"<circle class="refused" cx="\#(number(start + 9))" cy="14.0" r="2.5"/>"#
          : #"<path class="\#(type)" d="M\#(number(start)),14.0h18"/>"#)
          + #"<text x="\#(number(start + 24))" y="18.0">\#(words)</text>"#)
    }
    parts.append(
      #"<text x="\#(number(Self.left + plotWidth / 2))" y="\#(number(Self.height - 3))" "#
        + #"text-anchor="middle">seconds</text>"#)
    text = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 240" role="img" \
      aria-label="Calls per second over time">
      <style>
      svg { color: #1f2328; background: #ffffff }
      text { font: 12px sans-serif; fill: currentColor }
      .grid { stroke: currentColor; stroke-opacity: .15 }
      .available, .accepted { fill: none; stroke-width: 2 }
      .available { stroke: #8c959f; stroke-dasharray: 5 3 }
      .accepted { stroke: #0969da }
      .refused { fill: #d1242f }
      @media (prefers-color-scheme: dark) {
        svg { color: #e6edf3; background: #0d1117 }
        .accepted { stroke: #4493f8 }
        .refused { fill: #ff7b72 }
      }
      </style>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }
}
