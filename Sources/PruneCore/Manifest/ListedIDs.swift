/// Takes the ids of a list one by one: the rules that list lines and CSV fields share.
struct ListedIDs {
  /// The source of the ids, so that a problem can say what to do.
  enum Origin {
    case lines
    case column
  }

  private let origin: Origin
  /// Whether the next id is the first, where a header could be.
  private var mayBeHeader: Bool

  init(_ origin: Origin, mayHaveHeader: Bool = true) {
    self.origin = origin
    mayBeHeader = mayHaveHeader
  }

  /// Appends an id to the last group of entries, or notes a problem.
  /// - Returns: false if no more can be taken.
  mutating func take(
    _ bytes: Span<UInt8>, _ range: Range<Int>, at place: Place, into entries: inout Entries,
    _ diagnostics: inout Diagnostics
  ) -> Bool {
    // Nearly all ids are plain.
    if mayBeHeader || !UserIDRules.isPlain(bytes, range) || MangledNumber.isMangled(bytes, range)
      || PlaceholderWord.isOne(bytes, range)
    {
      guard isID(bytes, range, at: place, &diagnostics) else { return true }
    }
    guard let id = UserID(bytes, range) else { return true }
    guard entries.list.count < Problem.userLimit else {
      diagnostics.add(.error, at: place, .tooManyUsers)
      return false
    }
    entries.append(id, line: place.line)
    return true
  }

  /// Whether an id is acceptable; notes errors and warnings.
  private mutating func isID(
    _ bytes: Span<UInt8>, _ range: Range<Int>, at place: Place, _ diagnostics: inout Diagnostics
  ) -> Bool {
    let isFirst = mayBeHeader
    mayBeHeader = false
    switch UserIDRules.verdict(on: bytes, range) {
    case .fine:
      if MangledNumber.isMangled(bytes, range) {
        diagnostics.add(.warning, at: place, .numberLike(Self.text(bytes, range)))
      } else if PlaceholderWord.isOne(bytes, range) {
        diagnostics.add(.warning, at: place, .placeholder(Self.text(bytes, range)))
      }
    case .unusual(let problem):
      if let mistake = Self.mistake(bytes, range) {
        diagnostics.add(.error, at: place, .listed(mistake, origin))
        return false
      }
      diagnostics.add(.warning, at: place, problem)
    case .refused(let problem):
      // The problem is a blank at an end.
      let mistake = Self.mistake(bytes, range).flatMap { $0 == .blank ? nil : $0 }
      // A field of a CSV file may be quoted, so the text there is not the id.
      let fix = origin == .lines ? Fix.cleaning(Self.text(bytes, range)) : nil
      diagnostics.add(
        .error, at: place, mistake.map { .listed($0, origin) } ?? problem.fixed(by: fix))
      return false
    }
    if isFirst, HeaderWord.isHeader(Self.text(bytes, range)) {
      diagnostics.add(.warning, at: place, .headerLike(Self.text(bytes, range), origin))
    }
    return true
  }

  /// The first sign that a line or a field is not a bare id.
  static func mistake(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IDMistake? {
    IDMistake(text(bytes, range))
  }

  private static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: range.map { bytes[$0] }, as: UTF8.self)
  }
}
