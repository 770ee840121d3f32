/// The records that a run has to write to its journal, and which of them are durable.
///
/// It owns the records that wait for the next append, the numbers of intents and of appends, each
/// counted from 1 without gaps, and how many batches' intents are written ahead of their sending.
struct JournalBuffer {
  /// How long an outcome waits for the next group of intents, so that one sync serves both. Nothing
  /// waits for an outcome, and a crash that loses one only causes another read.
  private static let longestHold = Interval.seconds(0.1)
  /// The most intents of a group, and how many groups a second there are at lower rates: intents must
  /// not be seconds ahead of their calls.
  private static let largestGroup = 8
  private static let groupsPerSecond = 12.0
  /// The minimum and maximum number of intents written ahead.
  private static let fewestAhead = 2
  private static let mostAhead = 64

  private let callsPerSecond: Double
  private var lastIntent: UInt32 = 0
  /// The last intent among the held records.
  private var lastHeldIntent: UInt32 = 0
  private var lastTicket: UInt64 = 0
  private var durable: UInt64 = 0
  private var held: [JournalRecord] = []
  private var heldSince: Instant?
  /// When each pending append was requested, to measure how long the disk takes.
  private var appends: [(ticket: JournalTicket, at: Instant)] = []
  /// How many batches may be prepared: enough to cover twice the time that the disk takes.
  private(set) var ahead = Self.fewestAhead

  init(_ rate: Rate) {
    callsPerSecond = Double(rate.perSecond)
  }

  /// How many intents to write with one append, at this many calls a second.
  static func group(atRate rate: Double) -> Int {
    Int(max(1, min(Double(largestGroup), rate / groupsPerSecond)))
  }

  /// The next intent, which the next append writes.
  mutating func nextIntent(users: Int, at now: Moment) -> Batch.Intent {
    lastIntent += 1
    return Batch.Intent(
      number: lastIntent, size: users, time: now.wall, ticket: JournalTicket(lastTicket + 1))
  }

  /// Holds records for the next append.
  mutating func hold(_ records: [JournalRecord], at now: Instant) {
    precondition(!records.isEmpty, "nothing is held for the journal")
    for case .intent(let intent) in records {
      precondition(intent.number == lastHeldIntent + 1, "intents are written out of order")
      lastHeldIntent = intent.number
    }
    held.append(contentsOf: records)
    heldSince = heldSince ?? now
  }

  /// The latest time to append the held records; nil if there are none.
  var due: Instant? { heldSince.map { $0 + Self.longestHold } }

  /// Appends the held records.
  mutating func flush(at now: Instant) -> ApplyAction {
    precondition(!held.isEmpty, "an append holds no record")
    return barrier(at: now).0
  }

  /// The append that makes durable what was written before, tags included, with or without records.
  mutating func barrier(at now: Instant) -> (ApplyAction, JournalTicket) {
    precondition(lastHeldIntent == lastIntent, "an intent misses the append that it waits for")
    lastTicket += 1
    let ticket = JournalTicket(lastTicket)
    appends.append((ticket, now))
    defer {
      held = []
      heldSince = nil
    }
    return (.append(held, ticket), ticket)
  }

  /// Notes that everything up to and with an append is durable.
  mutating func noteDurable(_ ticket: JournalTicket, at now: Instant) {
    precondition(ticket.number <= lastTicket, "an append is durable that was not asked for")
    durable = max(durable, ticket.number)
    while let first = appends.first, first.ticket <= ticket {
      let needed = Double(Self.fewestAhead) + 2 * (now - first.at).seconds * callsPerSecond
      ahead = max(Self.fewestAhead, min(Self.mostAhead, max(ahead - 1, Int(needed))))
      appends.removeFirst()
    }
  }

  /// Whether every record is durable.
  var isDurable: Bool { held.isEmpty && durable == lastTicket }

  /// Checks the order of a run: a batch is sent only after its intent is durable, and the tags that
  /// it clears are.
  func checkDurable(_ batch: Batch) {
    guard let intent = batch.intent, let ticket = batch.ticket else {
      preconditionFailure("users are sent without an intent")
    }
    precondition(
      max(intent.ticket, ticket).number <= durable, "users are sent before their intent is durable")
  }
}
