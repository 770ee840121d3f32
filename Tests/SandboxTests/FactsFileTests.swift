import Testing

@testable import imprune_sandbox

/// What `--facts` accepts.
@Suite struct FactsFileTests {
  private func read(_ facts: String, version: String = "1.0") throws(BadValue) -> Facts {
    try FactsFile.read(
      Array("{\"format_version\": \"\(version)\", \"facts\": [\(facts)]}".utf8))
  }

  @Test func `a fact that was seen replaces what is assumed, and others stay`() throws {
    let facts = try read(
      """
      {"name": "duplicate_id", "answer": "once", "detail": "x"},
      {"name": "timpush.read_untagged", "answer": "left_out"},
      {"name": "limit_unit", "answer": null}, {"name": "invalid_id", "answer": "other"},
      {"name": "check_after_removal", "answer": "within_10_s", "milliseconds": 1500}
      """)
    var expected = Facts()
    expected.duplicateID = .once
    expected.timpush.readUntagged = .leftOut
    expected.checkAfterRemoval = .within10s
    expected.staleness = 1_500_000_000
    #expect(facts == expected)
  }

  @Test(arguments: [
    (#"{"name": "duplicate_id", "answer": "twice"}"#, "known answers: each, each_ok, once"),
    (#"{"name": "duplicate_id", "answer": 1}"#, "has the answer '?'"),
    (#"{"name": "color", "answer": "red"}"#, "the fact 'color' is not known"),
    (#"{"name": "\u001b[31m", "answer": "red"}"#, "the fact '?[31m' is not known"),
    (#"{"name": "date"}"#, "no name or no answer"),
    (#"{"answer": "red"}"#, "no name or no answer"),
    (
      #"{"name": "date", "answer": "absent"}, {"name": "date", "answer": "present"}"#,
      "the fact date is there twice"
    ),
    (
      #"{"name": "check_after_removal", "answer": "longer", "milliseconds": -1}"#,
      "must be 10000 to 3600000"
    ),
    (
      #"{"name": "check_after_removal", "answer": "at_once", "milliseconds": 5000}"#,
      "must be 0 to 0 for the answer at_once"
    ),
    (
      #"{"name": "keep_alive", "answer": "kept"}, {"name": "http_version", "answer": "1.0"}"#,
      "closes every connection of HTTP/1.0"
    ),
    ("1", "no name or no answer"),
  ])
  func `a fact that cannot be meant is an error`(facts: String, words: String) {
    let error = #expect(throws: BadValue.self) { try read(facts) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    "", "[]", "{}", "{\"facts\": []}", "{\"format_version\": \"1.0\"}", "\u{1F}\u{8B}",
    String(repeating: "[", count: 2_000_000),
  ])
  func `what is no report is refused`(text: String) {
    #expect(throws: BadValue.self) { try FactsFile.read(Array(text.utf8)) }
  }

  @Test(arguments: ["2.0", "1", "1.", "1.banana", "1.-1", "10.1", ""])
  func `another format is refused`(version: String) {
    let error = #expect(throws: BadValue.self) { try read("", version: version) }
    #expect(error?.description.contains("this sandbox reads 1.x") == true)
  }

  @Test func `a later minor version may have more facts`() throws {
    let facts = try read(
      #"{"name": "color", "answer": "red"}, {"name": "date", "answer": "absent"}"#, version: "1.1")
    var expected = Facts()
    expected.date = .absent
    #expect(facts == expected)
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_868_799, "Tue, 29 Feb 2000 23:59:59 GMT"),
    (1_798_761_600, "Fri, 01 Jan 2027 00:00:00 GMT"),
  ])
  func `a date is written as HTTP wants it`(seconds: Int, text: String) {
    #expect(HTTPDate.text(seconds) == text)
  }
}
