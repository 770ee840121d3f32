/// The events of a scenario, line by line, for replaying it.
package final class Trace: @unchecked Sendable {
  package private(set) var lines: [String] = []
  /// The prefix of each line.
  var time = ""

  package init() {}

  func add(_ words: @autoclosure () -> String) {
    lines.append("\(time)  \(words())")
  }
}
