/// Reads what `imprune-sandbox contract --report` wrote: every fact that was seen replaces what the
/// sandbox would do.
enum FactsFile {
  /// The longest file; a report of the kit has some 10 kB.
  static let byteLimit = 1 << 20

  /// Reads the facts of a file.
  ///
  /// - Throws: What is wrong with the first fact that cannot be meant.
  static func read(_ bytes: [UInt8]) throws(BadValue) -> Facts {
    guard bytes.count <= byteLimit, let document = JSONValue(bytes),
      let version = document["format_version"]?.text, let list = document["facts"]?.array
    else {
      throw BadValue(
        description: "it is not a report of `imprune-sandbox contract`; write one with --report")
    }
    guard let minor = minorVersion(version) else {
      throw BadValue(
        description: "its format is \(printable(version)), and this sandbox reads 1.x; use the "
          + "imprune-sandbox that wrote it")
    }
    var facts = Facts()
    var seen: [String: String] = [:]
    for entry in list {
      guard let name = entry["name"]?.text, let answer = entry["answer"] else {
        throw BadValue(description: "a fact has no name or no answer")
      }
      guard let slot = slots.first(where: { $0.name == name }) else {
        // A minor version only adds facts.
        if minor > knownMinor { continue }
        throw BadValue(
          description: "the fact '\(printable(name))' is not known; known facts: "
            + slots.map(\.name).joined(separator: ", "))
      }
      guard seen.updateValue(answer.text ?? "", forKey: name) == nil else {
        throw BadValue(description: "the fact \(name) is there twice")
      }
      // Not asked, or an answer that has no name: the sandbox does what it would do anyway.
      if answer == .null || answer.text == "other" { continue }
      guard let text = answer.text, slot.set(&facts, text) else {
        throw BadValue(
          description: "\(name) has the answer '\(printable(answer.text ?? "?"))'; known answers: "
            + slot.answers.joined(separator: ", "))
      }
      guard name == "check_after_removal", let time = entry["milliseconds"] else { continue }
      let range = facts.checkAfterRemoval.milliseconds
      guard let number = time.integer, range.contains(number) else {
        throw BadValue(
          description: "milliseconds of \(name) must be \(range.lowerBound) to "
            + "\(range.upperBound) for the answer \(text)")
      }
      facts.staleness = UInt64(number) * 1_000_000
    }
    if seen["keep_alive"] == "kept", seen["http_version"] == "1.0" {
      throw BadValue(
        description: "keep_alive is kept and http_version is 1.0, but the sandbox closes every "
          + "connection of HTTP/1.0; remove one of them")
    }
    return facts
  }

  /// The last minor version whose facts are all known here.
  private static let knownMinor = 0

  /// The number after `1.`; nil for any other version.
  private static func minorVersion(_ text: String) -> Int? {
    guard text.hasPrefix("1."), text.dropFirst(2).allSatisfy({ ("0"..."9").contains($0) }) else {
      return nil
    }
    return Int(text.dropFirst(2))
  }

  /// A fact as a file names it.
  struct Slot {
    var name: String
    var answers: [String]
    /// Takes an answer; false if it is not one of `answers`.
    var set: (inout Facts, String) -> Bool

    init<Answer: RawRepresentable<String> & CaseIterable>(
      _ name: String, _ path: WritableKeyPath<Facts, Answer>
    ) {
      self.init(name) { (facts, answer: Answer) in facts[keyPath: path] = answer }
    }

    init<Answer: RawRepresentable<String> & CaseIterable>(
      _ name: String, _ path: WritableKeyPath<Facts, Answer?>
    ) {
      self.init(name) { (facts, answer: Answer) in facts[keyPath: path] = answer }
    }

    private init<Answer: RawRepresentable<String> & CaseIterable>(
      _ name: String, _ take: @escaping (inout Facts, Answer) -> Void
    ) {
      self.name = name
      answers = Answer.allCases.map(\.rawValue)
      set = { facts, text in
        guard let answer = Answer(rawValue: text) else { return false }
        take(&facts, answer)
        return true
      }
    }
  }

  /// All facts, in the order in which the kit asks for them.
  static var slots: [Slot] {
    [
      Slot("keep_alive", \.keepAlive), Slot("date", \.date), Slot("http_version", \.httpVersion),
      Slot("stored_deflate", \.storedDeflate),
      Slot("deletion", \.deletion), Slot("denial_level", \.denialLevel),
      Slot("denial_order", \.denialOrder),
      Slot("all_failed", \.allFailed), Slot("invalid_id", \.invalidID),
      Slot("duplicate_id", \.duplicateID), Slot("check_after_removal", \.checkAfterRemoval),
    ] + tagSlots("all_member_push", \.allMemberPush) + tagSlots("timpush", \.timpush) + [
      Slot("shared_tags", \.sharedTags),
      Slot("limit_unit", \.limitUnit), Slot("limit_scope", \.limitScope),
      Slot("limit_refused", \.limitRefused),
    ]
  }

  private static func tagSlots(_ family: String, _ path: WritableKeyPath<Facts, TagFacts>) -> [Slot]
  {
    [
      Slot("\(family).calls", path.appending(path: \.calls)),
      Slot("\(family).clear_unknown", path.appending(path: \.clearUnknown)),
      Slot("\(family).read_unknown", path.appending(path: \.readUnknown)),
      Slot("\(family).clear_untagged", path.appending(path: \.clearUntagged)),
      Slot("\(family).read_untagged", path.appending(path: \.readUntagged)),
    ]
  }

  /// A word of a file as it may be shown: short, and without anything that a terminal obeys.
  private static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(40).map { (" "..."~").contains($0) ? $0 : "?" }))
  }
}

extension JSONValue {
  /// A string that is UTF-8; nil for any other value.
  fileprivate var text: String? { string.flatMap { String(validating: $0, as: UTF8.self) } }
}
