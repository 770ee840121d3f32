import PruneCore
import TestSupport
import Testing

/// Times as a state writes them.
@Suite struct TimestampTests {
  private func read(_ text: String) -> UInt32? {
    // Read from the middle, as from a line.
    let bytes = Array("<\(text)>".utf8)
    return Timestamp(bytes.span, 1..<(bytes.count - 1))?.seconds
  }

  /// Seconds as `date -u -d ... +%s` gives them.
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("1970-01-01T23:59:59Z", 86_399),
    ("1970-12-31T00:00:00Z", 31_449_600), ("1972-02-29T12:00:00Z", 68_212_800),
    ("1999-12-31T23:59:59Z", 946_684_799), ("2000-02-29T00:00:00Z", 951_782_400),
    ("2000-03-01T00:00:00Z", 951_868_800), ("2024-02-29T23:59:59Z", 1_709_251_199),
    ("2026-11-21T03:40:12Z", 1_795_232_412), ("2038-01-19T03:14:08Z", 2_147_483_648),
    ("2100-02-28T23:59:59Z", 4_107_542_399), ("2100-03-01T00:00:00Z", 4_107_542_400),
    ("2104-02-29T00:00:00Z", 4_233_686_400), ("2105-12-31T23:59:59Z", 4_291_747_199),
    ("2106-02-07T06:28:15Z", 4_294_967_295),
  ])
  func `known dates are written and read`(text: String, seconds: UInt32) {
    #expect(Timestamp(seconds: seconds).description == text)
    #expect(read(text) == seconds)
  }

  @Test(arguments: [
    "2026-02-30T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "1969-12-31T23:59:59Z",
    "2106-02-07T06:28:16Z", "2106-12-31T00:00:00Z", "2107-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z", "2026-01-01t00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00z",
    "2026-01-01T00:00:00", "2026-1-01T00:00:00Z", "2026-01-01T00:00:00ZZ", "2026/01/01T00:00:00Z",
    "+026-01-01T00:00:00Z", "2026-01-01T00:00:0 Z", "", "2026-01-01T00:00:00+00:00",
  ])
  func `any other text is refused`(text: String) {
    #expect(read(text) == nil)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `timestamps round-trip, and their texts sort as times`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var previous = Timestamp(seconds: 0)
    for _ in 0..<2000 {
      let time = Timestamp(seconds: UInt32(random.below(1 << 32)))
      #expect(read(time.description) == time.seconds)
      #expect((previous < time) == (previous.description < time.description))
      #expect(time.seconds(since: previous) == Int(time.seconds) - Int(previous.seconds))
      previous = time
    }
  }

  /// Counts days one by one, with the calendar rules written out.
  @Test func `every day from 1970 to 2105 matches a naive calendar`() {
    var day = 0
    for year in 1970...2105 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      for (month, days) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        .enumerated()
      {
        for dayOfMonth in 1...days {
          let date = [month + 1, dayOfMonth].map { $0 < 10 ? "0\($0)" : "\($0)" }
          let text = "\(year)-\(date[0])-\(date[1])T00:00:00Z"
          #expect(Timestamp(seconds: UInt32(day * 86_400)).description == text)
          #expect(read(text) == UInt32(day * 86_400))
          day += 1
        }
      }
    }
  }
}
