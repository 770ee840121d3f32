/// How many calls a second other clients of the app make, over time: they count towards the same
/// limits.
///
/// As text, `60` stands for the whole time, and `20-50:40,60-70:90` for the seconds since the first call;
/// outside of its ranges, others make no calls.
struct OtherClients: Equatable {
  struct Range: Equatable {
    var seconds: Swift.Range<Int>
    var rate: Int
  }

  private static let rates = 0...1_000_000
  private var ranges: [Range] = []

  /// No other client.
  init() {}

  init(_ text: String) throws(BadValue) {
    if let rate = Int(text), Self.rates.contains(rate) {
      ranges = [Range(seconds: 0..<Int.max, rate: rate)]
      return
    }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let (times, rateText) = String(part).cut(at: ":")
      let bounds = times.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard bounds.count == 2, let start = bounds[0], let end = bounds[1], start >= 0, end > start,
        let rate = rateText.flatMap({ Int($0) }), Self.rates.contains(rate)
      else {
        throw BadValue(
          description: "'\(part)' is not a number of calls per second up to 1000000, "
            + "or a schedule: 20-50:40,60-70:90")
      }
      ranges.append(Range(seconds: start..<end, rate: rate))
    }
  }

  /// Their calls a second, so long after the first call.
  func rate(after nanoseconds: UInt64) -> Int {
    let seconds = Int(nanoseconds / 1_000_000_000)
    return ranges.first { $0.seconds.contains(seconds) }?.rate ?? 0
  }
}
