/// A number with its noun: `1 file`, `2,000 files`.
package func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// A number with its digits in groups of three: `1,490`.
package func grouped(_ count: Int) -> String {
  var text = ""
  for (index, digit) in "\(count.magnitude)".reversed().enumerated() {
    if index > 0, index.isMultiple(of: 3) { text.append(",") }
    text.append(digit)
  }
  return (count < 0 ? "-" : "") + String(text.reversed())
}
