internal import PruneCore
internal import PruneEngine

/// A deliberately broken rule, outside the product: the disk skips operations, or something changes
/// between the machine and the world. The simulation must detect each.
package struct Mutation {
  private let name: String
  /// The rule whose breach reveals it.
  private let rule: Breach.Rule
  /// Whether to perform an operation.
  var alter: (DiskOperation, VirtualDisk) -> Bool = { _, _ in true }
  /// Replaces an action of the machine.
  var actions: (ApplyAction) -> [ApplyAction] = { [$0] }
  /// Replaces or drops an event for the machine.
  var receives: (ApplyEvent) -> ApplyEvent? = { $0 }
  /// Replaces a response for the machine.
  var reply: (Reply, SimulatedCall) -> Reply = { reply, _ in reply }
  /// Changes the machine's settings.
  var settings: (inout ApplyMachine.Settings) -> Void = { _ in }
  /// The machine learns that an append is durable before it is.
  var confirmsEarly = false
  /// The journal of an interrupted run is deleted.
  var dropsJournal = false
  /// Sends outside the window are allowed until they hit another person.
  var overlooksWindow = false
  /// Files of a run whose loss the run does not notice.
  var overlooked: Set<String> = []
  /// A run does not check whether it can save.
  var overlooksObstacle = false
  /// A journal of another moment claims the state's serial.
  var forgesSerial = false
  /// Readers cannot distinguish journals.
  var hidesIdentity = false

  private init(_ name: String, _ rule: Breach.Rule) {
    self.name = name
    self.rule = rule
  }

  private static func make(
    _ name: String, _ rule: Breach.Rule, _ change: (inout Mutation) -> Void
  ) -> Mutation {
    var mutation = Mutation(name, rule)
    change(&mutation)
    return mutation
  }

  // MARK: - The disk

  private static let state = "imprune.state"
  private static let journal = "imprune.state.journal"
  private static let tags = "imprune.state.tags-"
  private static let draft = "imprune.state.tmp"
  private static let lock = "imprune.state.lock"

  private static var all: [Mutation] { disk + machine }

  private static var disk: [Mutation] {
    [
      make("an append is not synced", .durability) {
        $0.alter = { operation, _ in !operation.isSync(of: journal) }
      },
      make("saved tags are not synced", .tagsFirst) {
        $0.alter = { operation, _ in
          if case .sync(let name) = operation { !name.hasPrefix(tags) } else { true }
        }
      },
      make("the folder is not synced after creating the tag file", .tagsFirst) {
        $0.alter = leavingOutFolderSync {
          if case .open(let name, .creating) = $0 { name.hasPrefix(tags) } else { false }
        }
      },
      make("the draft is not synced before the rename", .durability) {
        $0.alter = { operation, _ in !operation.isSync(of: draft) }
      },
      make("the folder is not synced after the rename", .durability) {
        $0.alter = leavingOutFolderSync { if case .rename(_, state) = $0 { true } else { false } }
      },
      make("the folder is not synced after creating the journal", .durability) {
        $0.alter = leavingOutFolderSync {
          if case .open(journal, .creating) = $0 { true } else { false }
        }
      },
      make("the journal is removed before the rename", .durability) {
        $0.alter = { operation, disk in
          if case .rename = operation, disk.node(journal) != nil { disk.remove(journal) }
          return true
        }
      },
      make("the state is written in place", .durability) {
        $0.alter = { operation, disk in
          guard case .rename(_, state) = operation, let node = disk.node(state) else { return true }
          disk.empty(node)
          disk.append(disk.bytes(draft), to: node)
          return false
        }
      },
      make("an interrupted run's journal is deleted", .durability) {
        $0.dropsJournal = true
      },
      make("a run does not notice that its lock is gone", .ownership) { $0.overlooked = [lock] },
      make("a run does not notice that its journal is gone", .ownership) {
        $0.overlooked = [journal]
      },
      make("a run does not notice that its state is gone", .ownership) { $0.overlooked = [state] },
      make("a run does not check whether it can save", .ownership) { $0.overlooksObstacle = true },
      make("a mismatched journal is folded", .durability) { $0.forgesSerial = true },
      make("a reader does not notice that the journal was replaced", .oneMoment) {
        $0.hidesIdentity = true
      },
    ]
  }

  /// Skips the next sync of the folder after some operation.
  private static func leavingOutFolderSync(
    after isIt: @escaping (DiskOperation) -> Bool
  ) -> (DiskOperation, VirtualDisk) -> Bool {
    var isNext = false
    return { operation, _ in
      if isIt(operation) { isNext = true }
      guard isNext, case .syncFolder = operation else { return true }
      isNext = false
      return false
    }
  }

  // MARK: - The machine

  private static var machine: [Mutation] {
    [
      make("a batch is sent before its intent is durable", .intentFirst) {
        $0.confirmsEarly = true
      },
      make("tags are cleared that are not saved", .tagsFirst) {
        $0.actions = { if case .saveTags = $0 { [] } else { [$0] } }
      },
      make("a cleared user is not read back", .truth) { $0.reply = showingNoTags },
      make("the pace is not kept", .spacing) { $0.settings = { $0.rate = Rate(100) ?? $0.rate } },
      make("queued calls do not get the longer gap", .spacing) {
        $0.actions = receivingOnlyFirstPace()
      },
      make("queued calls are not canceled when the run stops", .stop) {
        $0.actions = { $0 == .cancelQueued ? [] : [$0] }
      },
      make("users are sent again outside the window", .window) {
        $0.settings = { $0.resendWithin = 1_000_000_000 }
      },
      make("users are sent again outside the window without a check", .secondPerson) {
        $0.settings = { $0.resendWithin = 1_000_000_000 }
        $0.overlooksWindow = true
      },
      make("a user outside the plan is sent", .onlyPlanned) {
        $0.actions = changingSends { ids in
          [UserID("b000000")].compactMap { $0 } + ids.dropFirst()
        }
      },
      make("outcomes are not written", .durability) {
        $0.actions = changingRecords { record, _ in
          if case .outcome = record { nil } else { record }
        }
      },
      make("a user without a response is recorded as done", .truth) {
        $0.actions = changingOutcomes { outcome, operation in
          guard outcome == .unknown else { return outcome }
          return .done(operation == .removeAccount ? .removed : .cleared)
        }
      },
      make("a user without a response is recorded as failed", .window) {
        $0.actions = changingOutcomes { outcome, _ in
          outcome == .unknown ? .failed(ServiceCode(12345)) : outcome
        }
      },
      make("a confirmed user is recorded as failed", .durability) {
        $0.actions = changingOutcomes { outcome, _ in
          if case .done = outcome { .failed(ServiceCode(12345)) } else { outcome }
        }
      },
      make("a confirmed user is sent once more", .confirmed) { $0.actions = sendingAgain() },
      make("users who are all absent are recorded as done", .absence) {
        $0.settings = { $0.acceptsAbsent = true }
      },
      make("a run does not learn that an append is durable", .end) {
        $0.receives = { if case .durable = $0 { nil } else { $0 } }
      },
    ]
  }

  private static func changingSends(
    _ change: @escaping ([UserID]) -> [UserID]
  ) -> (ApplyAction) -> [ApplyAction] {
    { action in
      guard case .send(let id, .deleteAccounts, let ids) = action,
        !ids.contains(where: { $0.description.hasPrefix(ApplyMachine.probePrefix) })
      else { return [action] }
      return [.send(id, .deleteAccounts, change(ids))]
    }
  }

  /// Lets each reading after a clear show no tags.
  private static func showingNoTags(_ reply: Reply, _ call: SimulatedCall) -> Reply {
    guard call.purpose == .readBack, case .response(200, let body, let head) = reply,
      let answer = Answer(json: body), answer.code.number == 0
    else { return reply }
    let users = call.ids.map { #"{"To_Account":"\#($0)","Tags":[]}"# }.joined(separator: ",")
    return .response(
      status: 200, body: Array(#"{"ErrorCode":0,"UserTags":[\#(users)]}"#.utf8), head: head)
  }

  private static func receivingOnlyFirstPace() -> (ApplyAction) -> [ApplyAction] {
    var received: Set<Call> = []
    return { action in
      guard case .pace(let call, _) = action else { return [action] }
      return received.insert(call).inserted ? [action] : []
    }
  }

  /// Changes records on their way to the journal.
  private static func changingRecords(
    _ change: @escaping (JournalRecord, [UInt32: JournalRecord.Intent]) -> JournalRecord?
  ) -> (ApplyAction) -> [ApplyAction] {
    var intents: [UInt32: JournalRecord.Intent] = [:]
    return { action in
      guard case .append(let records, let ticket) = action else { return [action] }
      for case .intent(let intent) in records { intents[intent.number] = intent }
      return [.append(records.compactMap { change($0, intents) }, ticket)]
    }
  }

  private static func changingOutcomes(
    _ change: @escaping (UserOutcome, Operation) -> UserOutcome
  ) -> (ApplyAction) -> [ApplyAction] {
    changingRecords { record, intents in
      guard case .outcome(var outcome) = record, let intent = intents[outcome.intent] else {
        return record
      }
      outcome.users = outcome.users.map { $0.map { change($0, intent.operation) } }
      return .outcome(outcome)
    }
  }

  private static func sendingAgain() -> (ApplyAction) -> [ApplyAction] {
    var intents: [UInt32: JournalRecord.Intent] = [:]
    var number: UInt64 = 1_000_000
    return { action in
      guard case .append(let records, _) = action else { return [action] }
      var actions = [action]
      for record in records {
        switch record {
        case .intent(let intent): intents[intent.number] = intent
        case .outcome(let outcome):
          guard let intent = intents[outcome.intent] else { continue }
          for (user, said) in zip(intent.users, outcome.users) where said == .done(.removed) {
            number += 1
            actions.append(.send(SendID(number), .deleteAccounts, [user.id]))
          }
        case .resolved: break
        }
      }
      return actions
    }
  }
}

extension DiskOperation {
  fileprivate func isSync(of name: String) -> Bool {
    if case .sync(name) = self { true } else { false }
  }
}

extension Mutation {
  package static var names: [String] { all.map(\.name) }

  /// The first seed whose scenario breaks the rule that reveals a mutation.
  package static func find(_ name: String, seeds: Range<UInt64>) -> UInt64? {
    seeds.first { seed in
      // A new one for each scenario: some keep state.
      guard let mutation = all.first(where: { $0.name == name }) else { return false }
      do {
        _ = try Scenario(seed: seed, mutation: mutation)
        return false
      } catch {
        return (error as? Breach)?.rule == mutation.rule
      }
    }
  }
}
