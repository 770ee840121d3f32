import FoundationEssentials

/// The only date format that HTTP allows to be generated (RFC 9110, 5.6.7).
enum HTTPDate {
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The time now.
  static var now: String { text(Int(Date().timeIntervalSince1970.rounded(.down))) }

  /// The time so many seconds after 1970, which began on a Thursday.
  static func text(_ seconds: Int) -> String {
    let (days, time) = (seconds / 86_400, seconds % 86_400)
    // Years that begin in March end with the leap day (Hinnant, "chrono-compatible algorithms").
    let shifted = days + 719_468
    let (era, ofEra) = (shifted / 146_097, shifted % 146_097)
    let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * year + year / 4 - year / 100)
    let march = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * march + 2) / 5 + 1
    let month = (march + 2) % 12
    let full = year + era * 400 + (month < 2 ? 1 : 0)
    let clock = [time / 3600, time / 60 % 60, time % 60].map(twoDigits).joined(separator: ":")
    return "\(weekdays[days % 7]), \(twoDigits(day)) \(months[month]) \(full) \(clock) GMT"
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
