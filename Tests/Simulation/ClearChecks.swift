internal import PruneCore

/// The rules of clears (docs/architecture.md, "Clears"): no user is cleared whose tags are not on
/// disk, and none is recorded as cleared who was not seen without tags.
struct ClearChecks {
  private let savesTags: Bool
  /// Users whose tags are asked to be saved, those by ticket, and those who are on disk.
  private var unsaved: Set<UserID> = []
  private var saving: [UInt64: Set<UserID>] = [:]
  private var saved: Set<UserID> = []
  /// Users to clear who were read, sent or recorded.
  private(set) var attempted: Set<UserID> = []
  /// Users whom a response reported as cleared and who are not recorded yet.
  private var saidCleared: Set<UserID> = []
  /// Users whose clear has no response, in this run or an earlier one.
  private var unresolved: Set<UserID>
  /// Users whom the last response to a reading showed without tags.
  private var untagged: Set<UserID> = []
  /// When each user's tags were read last.
  private(set) var lastReading: [UserID: Instant] = [:]

  init(_ plan: Plan, _ settings: ApplyMachine.Settings) {
    savesTags = settings.savesTags
    unresolved = Set(plan.unresolved.lazy.filter { $0.operation == .clearTags }.map(\.id))
  }

  mutating func save(_ tags: [SavedTags]) { unsaved.formUnion(tags.map(\.id)) }

  mutating func append(_ ticket: JournalTicket) {
    saving[ticket.number] = unsaved
    unsaved = []
  }

  mutating func noteDurable(_ ticket: JournalTicket) {
    for number in saving.keys where number <= ticket.number {
      saved.formUnion(saving.removeValue(forKey: number) ?? [])
    }
  }

  /// A user to clear is recorded.
  mutating func record(_ id: UserID, _ said: UserOutcome) throws {
    attempted.insert(id)
    saidCleared.remove(id)
    if said == .unknown { unresolved.insert(id) } else { unresolved.remove(id) }
    guard said != .done(.cleared) || untagged.contains(id) else {
      throw Breach(.truth, "\(id) is recorded as cleared and was not seen without tags")
    }
  }

  /// The purpose of reading users in a run of a plan.
  mutating func purposeOfReading(_ ids: [UserID]) -> SimulatedCall.Purpose {
    attempted.formUnion(ids)
    if saidCleared.contains(ids[0]) { return .readBack }
    return unresolved.contains(ids[0]) ? .users : .backup
  }

  /// Users are about to be cleared.
  mutating func clear(_ ids: [UserID]) throws {
    attempted.formUnion(ids)
    for id in ids where savesTags && !saved.contains(id) {
      throw Breach(.tagsFirst, "\(id) was cleared and its tags are not on disk")
    }
  }

  mutating func sent(_ call: SimulatedCall, awake: Instant) {
    if call.call == .readTags { for id in call.ids { lastReading[id] = awake } }
  }

  /// Takes a response as the machine gets it.
  mutating func answered(_ call: SimulatedCall, _ answer: Answer?) {
    if call.purpose.isCheck { return }
    if call.call == .clearTags {
      let named = Set((answer?.users ?? []).map(\.id))
      let isClear =
        answer?.code.number == 0 && answer?.hasUnattributed == false
        && named.isSubset(of: call.ids)
      for id in call.ids {
        if isClear, !named.contains(id) { saidCleared.insert(id) }
        if answer == nil { unresolved.insert(id) }
      }
    }
    guard call.call == .readTags, let answer else { return }
    for id in call.ids {
      let said = answer.users.filter { $0.id == id }
      guard let first = said.first, said.allSatisfy({ $0 == first }) else { continue }
      unresolved.remove(id)
      if first.tags == [] { untagged.insert(id) } else { untagged.remove(id) }
    }
  }
}
