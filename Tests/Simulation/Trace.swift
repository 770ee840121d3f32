/// What happened in a scenario, line by line, for whoever replays it.
package final class Trace: @unchecked Sendable {
  package private(set) var lines: [String] = []
  /// Put before each line.
  var time = ""

  package init() {}

  func add(_ words: @autoclosure () -> String) {
    lines.append("\(time)  \(words())")
  }
}
