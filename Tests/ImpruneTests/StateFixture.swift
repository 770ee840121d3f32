import Crypto

/// The text of a state, its count and checksum right.
struct StateFixture {
  var version = "1"
  var app = "1400000000"
  var service = "loopback"
  var records: [String] = []

  var text: String {
    let lines = [
      "imprune-state\t\(version)", "app\t\(app)", "service\t\(service)",
      "lineage\t123456789abcdef0", "serial\t3", "records\t\(records.count)", "unfinished\t-",
    ]
    let body = (lines + records).map { $0 + "\n" }.joined()
    var hash = SHA256()
    hash.update(Array(body.utf8))
    return body + "checksum\tsha256:\(hash.finalize())\n"
  }
}
