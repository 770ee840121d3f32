import PruneCore
import Testing

struct ResponseHeadTests {
  @Test(
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
      ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
      ("Sat, 28 Nov 2026 12:00:00 GMT", 1_795_867_200),
      ("Sun, 07 Feb 2106 06:28:15 GMT", .max),
    ] as [(String, UInt32)])
  func `the date header is parsed`(text: String, seconds: UInt32) {
    #expect(Timestamp(httpDate: text) == Timestamp(seconds: seconds))
    #expect(ResponseHead(date: text, contentType: nil).date == Timestamp(seconds: seconds))
  }

  @Test(arguments: [
    "", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 gmt",
    "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:60 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT", "Tue, 29 Feb 2001 00:00:00 GMT",
    "Wed, 31 Dec 1969 23:59:59 GMT", "Sun, 07 Feb 2106 06:28:16 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun,\t06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08.49.37 GMT", "Sun, 06 Nov 1994 +8:49:37 GMT",
    "S\u{FC}n, 6 Nov 1994 08:49:37 GMT",
  ])
  func `any other text is not a date`(text: String) {
    #expect(Timestamp(httpDate: text) == nil)
  }

  @Test(
    arguments: [
      ("text/html", true), ("TEXT/HTML;charset=utf-8", true), (" text/html ; q=1", true),
      ("application/xhtml+xml", true), ("application/json", false), ("text/plain", false),
      ("text/html2", false), ("", false), (nil, false),
    ] as [(String?, Bool)])
  func `the content type says whether the body is HTML`(type: String?, isHTML: Bool) {
    #expect(ResponseHead(date: nil, contentType: type).isHTML == isHTML)
  }
}
