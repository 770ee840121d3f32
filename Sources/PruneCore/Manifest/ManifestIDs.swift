internal import YAML

/// Ids, and values with the rules of ids.
extension ManifestReader {
  mutating func readIDs(_ event: YAMLParser.Event) throws(YAMLError) {
    let mark = parser.mark
    var items = 0
    let isList = try readSequence(event, "`ids`") { (reader, event) throws(YAMLError) in
      items += 1
      let mark = reader.parser.mark
      guard let id = try reader.readUserID(event, "An item of `ids`") else { return }
      // Operation, revision and reason are filled in when the complete entry has been read.
      reader.entries.groups.start(
        .clearTags, .first, file: 0, column: mark.column, reason: [], mayJoin: items > 1)
      reader.entries.append(id, line: mark.line)
    }
    if isList, items == 0 { add(.error, at: mark, .emptyList("ids")) }
  }

  /// Reads an id; nil, with the problem noted, if it is invalid.
  mutating func readUserID(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String
  ) throws(YAMLError) -> UserID? {
    guard try isID(event, what()) else { return nil }
    let mark = parser.mark
    switch UserIDRules.verdict(on: parser.scalar.span, 0..<parser.scalar.count) {
    case .fine: break
    case .unusual(let problem):
      let text = scalarText
      if event == .scalar(plain: true), let mistake = IDMistake(text) {
        add(.error, at: mark, .idNotQuoted(text, mistake))
        return nil
      }
      add(.warning, at: mark, problem)
    case .refused(let problem):
      add(.error, at: mark, problem)
      return nil
    }
    return UserID(parser.scalar.span, 0..<parser.scalar.count)
  }

  /// Reads an entry of `guards.protected`; nil, with the problem noted, if it looks like a mistake.
  mutating func readProtectedPattern(
    _ event: YAMLParser.Event
  ) throws(YAMLError) -> ProtectedPattern? {
    guard try isID(event, "A protected id") else { return nil }
    let (mark, text, count) = (parser.mark, scalarText, parser.scalar.count)
    if count > UserID.maxBytes {
      add(.error, at: mark, .idTooLong(count))
      return nil
    }
    let star = UInt8(ascii: "*")
    let literal = parser.scalar.filter { $0 != star }
    let isStars = literal.isEmpty && !parser.scalar.isEmpty
    let verdict: UserIDRules.Verdict =
      isStars ? .fine : UserIDRules.verdict(on: literal.span, 0..<literal.count)
    if case .refused(let problem) = verdict {
      add(.error, at: mark, problem)
      return nil
    }
    if let mistake = ProtectedMistake(text) {
      add(.error, at: mark, .protectedMistake(text, mistake))
      return nil
    }
    if case .unusual(let problem) = verdict { add(.warning, at: mark, problem) }
    return ProtectedPattern(text)
  }

  /// The text of the last scalar.
  private var scalarText: String { String(decoding: parser.scalar, as: UTF8.self) }

  /// Whether the value is a scalar on one line that every YAML reader reads as the same string.
  private mutating func isID(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String
  ) throws(YAMLError) -> Bool {
    guard case .scalar(let plain) = event, !parser.isTagged else {
      return try isWanted(event, .scalar(plain: true), what(), "one id")
    }
    if parser.isAnchored {
      add(.error, at: parser.mark, .idAnchored)
      return false
    }
    if parser.lines > 1 {
      let (text, first, count) = (scalarText, parser.mark.line, parser.lines)
      add(.error, at: parser.mark, .idOnSeveralLines(text, first...(first &+ count &- 1)))
      return false
    }
    guard plain else { return true }
    if parser.scalar.isEmpty {
      add(.error, at: parser.mark, .idMissing)
      return false
    }
    if !PlainScalar.isSafe(parser.scalar) {
      let text = scalarText
      add(.error, at: parser.mark, .idNeedsQuotes(text))
      return false
    }
    return true
  }
}
