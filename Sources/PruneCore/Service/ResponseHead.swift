/// The usable headers of an HTTP response.
package struct ResponseHead: Equatable, Sendable {
  /// The server's clock, from its `Date`; nil without a readable one.
  package var date: Timestamp?
  /// Whether the body is HTML, by its `Content-Type`.
  package var isHTML = false

  package init() {}

  /// Takes the values of the headers `Date` and `Content-Type`.
  package init(date: String?, contentType: String?) {
    self.date = date.flatMap { Timestamp(httpDate: $0) }
    let type = (contentType ?? "").prefix { $0 != ";" }.lowercased()
      .split { $0 == " " || $0 == "\t" }
    isHTML = type == ["text/html"] || type == ["application/xhtml+xml"]
  }

  /// Whether a body begins like a web page, whatever its content type.
  static func isHTML(_ body: [UInt8]) -> Bool {
    let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
    let start = body.prefix(1024).drop { blanks.contains($0) }
    guard start.first == UInt8(ascii: "<") else { return false }
    let text = String(decoding: start, as: UTF8.self).lowercased()
    return ["<html", "<!doctype html", "<head", "<body", "<script", "<meta"].contains {
      text.contains($0)
    }
  }
}

extension Timestamp {
  /// Reads the only date format that HTTP allows to be generated (IMF-fixdate, RFC 9110 5.6.7),
  /// such as `Sun, 06 Nov 1994 08:49:37 GMT`; nil for anything else, including a wrong weekday.
  package init?(httpDate text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 29, bytes[3] == UInt8(ascii: ","), bytes[25...].elementsEqual(" GMT".utf8),
      [4, 7, 11, 16].allSatisfy({ bytes[$0] == UInt8(ascii: " ") }),
      let month = Self.months.firstIndex(where: { bytes[8..<11].elementsEqual($0.utf8) }),
      let weekday = Self.weekdays.firstIndex(where: { bytes[..<3].elementsEqual($0.utf8) })
    else { return nil }
    var written = Array(bytes[12..<16])
    written += (month < 9 ? "-0\(month + 1)-" : "-\(month + 1)-").utf8
    written += bytes[5..<7]
    written.append(UInt8(ascii: "T"))
    written += bytes[17..<25]
    written.append(UInt8(ascii: "Z"))
    self.init(written.span, 0..<written.count)
    // 1970 began on a Thursday.
    guard Int(seconds / 86_400 + 3) % 7 == weekday else { return nil }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
}
