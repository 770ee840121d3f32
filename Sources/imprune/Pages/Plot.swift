import PruneCore

/// A plot over time as inline SVG: a caption that states its result, lines, a key, and a table with the
/// numbers.
struct Plot {
  struct Line {
    let name: String
    /// The class of its color in the page's style.
    let color: StaticString
    /// Seconds and values, in order of time.
    let points: [(x: Double, y: Double)]
  }

  /// A moment that is marked by a vertical line.
  struct Mark {
    let x: Double
    let words: String
  }

  let title: String
  let caption: String
  /// The end of the axis of time, in seconds.
  let end: Double
  let lines: [Line]
  /// A horizontal line, with its words.
  var limit: (y: Double, words: String)?
  var marks: [Mark] = []
  /// What follows a value: ` ms`.
  var unit = ""

  private static let size = (width: 720.0, height: 240.0)
  private static let frame = (left: 58.0, right: 14.0, top: 20.0, bottom: 34.0)

  private var highest: Double {
    max(lines.flatMap { $0.points.map(\.y) }.max() ?? 1, limit?.y ?? 0)
  }

  func write(_ html: inout HTMLText) {
    html.element("figure") { html in
      html.element("figcaption") { html in
        html.element("b", text: title + " ")
        html.text(caption)
      }
      drawing(&html)
      key(&html)
    }
    table(&html)
  }

  // MARK: - Drawing

  private func drawing(_ html: inout HTMLText) {
    let (times, values) = (Ticks(upTo: end), Ticks(upTo: highest))
    let (size, frame) = (Self.size, Self.frame)
    let (width, height) = (
      size.width - frame.left - frame.right, size.height - frame.top - frame.bottom
    )
    func x(_ time: Double) -> String { Self.number(frame.left + width * time / times.end) }
    func y(_ value: Double) -> String {
      Self.number(frame.top + height * (1 - value / values.end))
    }
    html.element(
      "svg", ("viewBox", "0 0 \(Int(size.width)) \(Int(size.height))"), ("role", "img"),
      ("aria-label", "\(title) \(caption)")
    ) { html in
      for value in values.all {
        html.element(
          "path", ("class", "axis"), ("d", "M\(x(0)) \(y(value))H\(x(times.end))"), text: "")
        html.element(
          "text", ("x", Self.number(frame.left - 8)), ("y", y(value)), ("dy", "4"),
          ("text-anchor", "end"), text: Self.words(value))
      }
      for time in times.all {
        html.element(
          "text", ("x", x(time)), ("y", Self.number(size.height - 12)), ("text-anchor", "middle"),
          text: Self.words(time) + " s")
      }
      if let limit {
        html.element(
          "path", ("class", "limit"), ("d", "M\(x(0)) \(y(limit.y))H\(x(times.end))"), text: "")
      }
      for mark in marks {
        html.element(
          "path", ("class", "limit"), ("d", "M\(x(mark.x)) \(y(0))V\(y(values.end))"), text: "")
        let isLate = mark.x > times.end / 2
        html.element(
          "text", ("x", x(mark.x)), ("y", Self.number(frame.top - 7)),
          ("text-anchor", isLate ? "end" : "start"), text: mark.words)
      }
      for line in lines {
        var path = ""
        for (index, point) in line.points.enumerated() {
          path += (index == 0 ? "M" : "L") + x(point.x) + " " + y(point.y)
        }
        if line.points.count == 1 { path += "h3" }
        html.element("path", ("class", "line \(line.color)"), ("d", path), text: "")
      }
    }
  }

  private func key(_ html: inout HTMLText) {
    html.element("ul", ("class", "keys")) { html in
      func sample(_ color: String, _ words: String) {
        html.element("li") { html in
          html.element("svg", ("viewBox", "0 0 24 10"), ("aria-hidden", "true")) { html in
            html.element("path", ("class", color), ("d", "M0 5H24"), text: "")
          }
          html.text(words)
        }
      }
      for line in lines { sample("line \(line.color)", line.name) }
      if let limit { sample("limit", limit.words) }
    }
  }

  private func table(_ html: inout HTMLText) {
    let times = Set(lines.flatMap { $0.points.map(\.x) }).sorted()
    // Of a step, the value that begins there.
    let columns = lines.map { line in
      Dictionary(line.points.map { ($0.x, $0.y) }) { $1 }
    }
    html.element("details") { html in
      html.element("summary", text: "The table behind it")
      html.table(
        ["Second"] + lines.map { $0.name + (unit.isEmpty ? "" : " (\(unit))") },
        numbers: Set(0...lines.count),
        times.map { time in
          [Self.words(time)] + columns.map { $0[time].map(Self.words) ?? "" }
        })
    }
  }

  /// A coordinate with at most one decimal.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }

  /// A value for people: whole numbers grouped, small ones with up to two decimals.
  private static func words(_ value: Double) -> String {
    if value >= 100 || value == value.rounded() { return grouped(Int(value.rounded())) }
    let hundredths = Int((value * 100).rounded())
    let fraction = hundredths % 100
    if fraction == 0 { return "\(hundredths / 100)" }
    let digits =
      fraction % 10 == 0 ? "\(fraction / 10)" : (fraction < 10 ? "0" : "") + "\(fraction)"
    return "\(hundredths / 100).\(digits)"
  }
}

/// Round numbers from 0 to the first one that is no less than a value.
private struct Ticks {
  let step: Double
  let end: Double

  init(upTo highest: Double) {
    var step = 0.001
    // 1, 2, 5, 10, 20, 50...
    let factors = [2.0, 2.5, 2.0]
    var index = 0
    while step * 5 < highest {
      step *= factors[index % 3]
      index += 1
    }
    self.step = step
    end = max(step, (highest / step).rounded(.up) * step)
  }

  var all: [Double] { (0...Int((end / step).rounded())).map { Double($0) * step } }
}
