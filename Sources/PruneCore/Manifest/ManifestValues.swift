internal import Bytes
internal import YAML

/// The kinds of values in a manifest.
extension ManifestReader {
  /// Reads a mapping key by key; nil if the value is not a mapping.
  @discardableResult
  mutating func readMapping<Key: CaseIterable & RawRepresentable<String> & Equatable & Sendable>(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String, _ table: KeyTable<Key>,
    _ field: (inout ManifestReader, Key, YAMLParser.Event) throws(YAMLError) -> Void
  ) throws(YAMLError) -> SeenKeys<Key>? {
    guard try isWanted(event, .mappingStart, what(), "a mapping (`key: value` lines)") else {
      return nil
    }
    var seen = SeenKeys<Key>()
    // The indices of the unknown keys among the kept problems.
    var unknown: [Int] = []
    while true {
      let event = try parser.next()
      if event == .mappingEnd {
        if !unknown.isEmpty { diagnostics.dropFixes(of: unknown, to: table.names(in: seen)) }
        return seen
      }
      guard case .scalar = event, !parser.isTagged else {
        let problem: Problem =
          event == .alias ? .alias : parser.isTagged ? .tag : .keyNotScalar
        add(.error, at: parser.mark, problem)
        try skip(event)
        try skip(parser.next())
        continue
      }
      let mark = parser.mark
      guard let (index, key) = table.find(parser.scalar) else {
        let name = String(decoding: parser.scalar, as: UTF8.self)
        let isAsWritten = isAsWritten(event)
        let index = diagnostics.kept.count
        add(
          .error, at: mark,
          .unknownKey(name, in: table.place, known: table.names, isAsWritten: isAsWritten))
        if diagnostics.kept.count > index { unknown.append(index) }
        try skip(parser.next())
        continue
      }
      guard seen.insert(index) else {
        add(.error, at: mark, .duplicateKey(key.rawValue))
        try skip(parser.next())
        continue
      }
      try field(&self, key, parser.next())
    }
  }

  /// Reads a list item by item; false if the value is not a list.
  @discardableResult
  mutating func readSequence(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String, _ kind: String = "a list",
    _ item: (inout ManifestReader, YAMLParser.Event) throws(YAMLError) -> Void
  ) throws(YAMLError) -> Bool {
    guard try isWanted(event, .sequenceStart, what(), kind) else { return false }
    while true {
      let event = try parser.next()
      if event == .sequenceEnd { return true }
      try item(&self, event)
    }
  }

  /// Reads a scalar's text unchanged; nil, with the problem noted, for anything else.
  mutating func readText(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String
  ) throws(YAMLError) -> String? {
    try isText(event, what()) ? String(decoding: parser.scalar, as: UTF8.self) : nil
  }

  /// Whether a value is a scalar, with its text in `parser.scalar`; if not, notes and skips it.
  mutating func isText(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String
  ) throws(YAMLError) -> Bool {
    if case .scalar = event, !parser.isTagged { return true }
    _ = try isWanted(event, .scalar(plain: true), what(), "a single value")
    return false
  }

  /// Reads a number: a canonical decimal in a range.
  mutating func readNumber(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String, _ range: ClosedRange<Int>
  ) throws(YAMLError) -> Int? {
    let mark = parser.mark
    guard let text = try readText(event, what()) else { return nil }
    guard event == .scalar(plain: true), PlainScalar.isCanonicalDecimal(parser.scalar),
      let number = Int(text), range.contains(number)
    else {
      let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
      add(.error, at: mark, .wrongValue(what(), text, wanted: wanted))
      return nil
    }
    return number
  }

  /// Reads a count: a canonical decimal from 0 to a billion.
  mutating func readCount(
    _ event: YAMLParser.Event, _ what: @autoclosure () -> String
  ) throws(YAMLError) -> Int? {
    try readNumber(event, what(), 0...1_000_000_000)
  }

  /// Reads a share: a canonical decimal from 0 to 100 and a percent sign.
  mutating func readPercentage(
    _ event: YAMLParser.Event, _ what: String
  ) throws(YAMLError) -> Percentage? {
    let mark = parser.mark
    guard let text = try readText(event, what) else { return nil }
    guard parser.scalar.last == UInt8(ascii: "%"),
      PlainScalar.isCanonicalDecimal(Array(parser.scalar.dropLast())),
      let share = Int(text.dropLast()).flatMap(Percentage.init)
    else {
      add(.error, at: mark, .wrongValue(what, text, wanted: "a share from 0% to 100%"))
      return nil
    }
    return share
  }

  /// Reads a word of an enumeration.
  mutating func readChoice<Choice: CaseIterable & RawRepresentable<String>>(
    _ event: YAMLParser.Event, _ what: String
  ) throws(YAMLError) -> Choice? {
    try readChoice(
      event, what, known: Choice.allCases.map(\.rawValue), Choice.init(rawValue:))
  }

  /// Reads one of the known words.
  mutating func readChoice<Choice>(
    _ event: YAMLParser.Event, _ what: String, known: @autoclosure () -> [String],
    _ choice: (String) -> Choice?
  ) throws(YAMLError) -> Choice? {
    let (mark, isAsWritten) = (parser.mark, isAsWritten(event))
    guard let text = try readText(event, what) else { return nil }
    guard let choice = choice(text) else {
      add(
        .error, at: mark,
        .notOneOf(
          what, text, known: known(),
          fix: isAsWritten ? .misspelled(text, known: known()) : nil))
      return nil
    }
    return choice
  }

  /// Whether the text of the current scalar stands in the file as it is, at the mark: without quotes, on one
  /// line, and without an anchor before it.
  func isAsWritten(_ event: YAMLParser.Event) -> Bool {
    event == .scalar(plain: true) && parser.lines == 1 && !parser.isAnchored
  }

  /// Whether a value has the expected kind; if not, notes and skips it.
  mutating func isWanted(
    _ event: YAMLParser.Event, _ wanted: YAMLParser.Event, _ what: @autoclosure () -> String,
    _ kind: String
  ) throws(YAMLError) -> Bool {
    if parser.isTagged {
      add(.error, at: parser.mark, .tag)
    } else if event == wanted {
      return true
    } else if event == .alias {
      add(.error, at: parser.mark, .alias)
    } else {
      add(.error, at: parser.mark, .wrongType(what(), wanted: kind))
    }
    try skip(event)
    return false
  }

  /// Skips the rest of a value whose first event was read.
  mutating func skip(_ event: YAMLParser.Event) throws(YAMLError) {
    var depth = 0
    var event = event
    while true {
      switch event {
      case .mappingStart, .sequenceStart: depth += 1
      case .mappingEnd, .sequenceEnd: depth -= 1
      case .streamEnd: return
      default: break
      }
      if depth <= 0 { return }
      event = try parser.next()
    }
  }
}
