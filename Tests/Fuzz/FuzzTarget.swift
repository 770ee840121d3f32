internal import Crypto
internal import PruneCore

/// A rule that a parser broke on some input; the text says which.
package struct Finding: Error, CustomStringConvertible {
  package var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// A parser of untrusted bytes, and the rules that it keeps for any bytes.
///
/// A check is a function of the bytes alone, so an input replays everywhere: in the bounded run of
/// the tests (`FuzzTests`) and under libFuzzer (`make fuzz`).
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// The YAML of a manifest.
  case manifest
  /// A list that a manifest names.
  case list
  /// A CSV file with a column that a manifest names.
  case csv
  case policy
  /// The file of a signature.
  case signature
  case state
  case journal
  /// A tag file.
  case tags
  /// A saved plan.
  case plan
  /// A response of the service.
  case answer
  /// Single values: tokens, times, run ids, endpoints.
  case word

  /// Longer inputs find nothing that shorter ones do not.
  package static let maxBytes = 1 << 13

  /// Checks an input unchanged, and with corrected checksums: otherwise hardly a change would get
  /// past them.
  /// - Returns: whether the reader took either.
  package func check(_ bytes: [UInt8]) throws(Finding) -> Bool {
    let isTaken = try checkAsIs(bytes)
    guard let repaired = repaired(bytes), repaired != bytes else { return isTaken }
    do throws(Finding) {
      return try checkAsIs(repaired) || isTaken
    } catch {
      throw Finding("\(error) (with its sums set right)")
    }
  }

  private func checkAsIs(_ bytes: [UInt8]) throws(Finding) -> Bool {
    switch self {
    case .manifest: try ManifestChecks.checkManifest(bytes)
    case .list: try ManifestChecks.checkList(bytes)
    case .csv: try ManifestChecks.checkCSV(bytes)
    case .policy: try PolicyChecks.checkPolicy(bytes)
    case .signature: try PolicyChecks.checkSignature(bytes)
    case .state: try StateChecks.check(bytes)
    case .journal: try JournalChecks.check(bytes)
    case .tags: try TagFileChecks.check(bytes)
    case .plan: try PlanChecks.check(bytes)
    case .answer: try AnswerChecks.check(bytes)
    case .word: try WordChecks.check(bytes)
    }
  }

  /// The input with checksums and counts that match its content; nil if it has none.
  private func repaired(_ bytes: [UInt8]) -> [UInt8]? {
    switch self {
    case .state: StateChecks.repaired(bytes)
    case .journal: JournalChecks.repaired(bytes)
    case .tags: TagFileChecks.repaired(bytes)
    case .plan: PlanChecks.repaired(bytes)
    case .manifest, .list, .csv, .policy, .signature, .answer, .word: nil
    }
  }
}

/// Fails a check unless a rule holds.
func require(
  _ holds: Bool, _ words: @autoclosure () -> String
) throws(Finding) {
  if !holds { throw Finding(words()) }
}

/// A message contains no escape sequence and no invisible character.
func requirePrintable(_ text: String, _ what: String) throws(Finding) {
  try require(!text.isEmpty, "\(what) is empty")
  try require(
    !text.unicodeScalars.contains { $0.isHidden },
    "\(what) holds hidden characters: \(text.debugDescription)")
}

/// A chunk size that differs from input to input.
func chunkSize(for bytes: [UInt8]) -> Int { 1 + Int(CRC32.checksum(bytes) % 61) }

/// The comparable result of a throwing parser.
func outcome<Value, Failure>(
  _ body: () throws(Failure) -> Value
) -> Result<Value, Failure> {
  do throws(Failure) {
    return .success(try body())
  } catch {
    return .failure(error)
  }
}
