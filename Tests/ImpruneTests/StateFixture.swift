import Crypto

/// The text of a state with the correct count and checksum.
struct StateFixture {
  var version = "1"
  var app = "1400000000"
  var service = "loopback"
  var lineage = "123456789abcdef0"
  var serial = "3"
  var unfinished = "-"
  var records: [String] = []

  var text: String {
    let lines = [
      "imprune-state\t\(version)", "app\t\(app)", "service\t\(service)",
      "lineage\t\(lineage)", "serial\t\(serial)", "records\t\(records.count)",
      "unfinished\t\(unfinished)",
    ]
    let body = (lines + records).map { $0 + "\n" }.joined()
    var hash = SHA256()
    hash.update(Array(body.utf8))
    return body + "checksum\tsha256:\(hash.finalize())\n"
  }
}
