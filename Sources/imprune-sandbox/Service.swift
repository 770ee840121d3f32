import JSON

/// The stand-in of the service: its accounts and rules, without sockets or clocks.
struct Service {
  let settings: ServiceSettings
  private let faults: FaultSchedule
  private let reregistrations: Reregistrations
  var users: UserTable
  var counters = Counters()
  /// The limits; with one limit for the whole app, the key is nil.
  private var windows: [Endpoint?: RateWindow] = [:]
  /// When accounts were removed, in monotonic nanoseconds; only those that account_check still reports.
  var removals: [UserID: UInt64] = [:]
  /// When the call that is being answered came, in monotonic nanoseconds.
  private(set) var clock: UInt64 = 0
  /// When the first call came, in monotonic nanoseconds.
  private var firstCall: UInt64?
  /// How many calls that change and that read have been admitted.
  private var changes = 0
  private var reads = 0

  /// A service that was not called yet.
  init(
    settings: ServiceSettings, users: UserTable, faults: FaultSchedule = FaultSchedule(),
    reregistrations: Reregistrations = Reregistrations()
  ) {
    self.settings = settings
    self.faults = faults
    self.reregistrations = reregistrations
    self.users = users
  }

  /// Answers one request; all its effects have happened when this returns.
  ///
  /// For a call of the API, in other words when the answer has a record, `delivered()` is due
  /// once the answer has left.
  mutating func answer(_ request: Request, at now: Moment) -> Answer {
    if let page = page(for: request) { return page }
    clock = now.monotonic
    counters.enter()
    var record = CallRecord(time: now.monotonic, endpoint: request.path)
    var json = JSONText()
    do throws(Refusal) {
      guard let endpoint = Endpoint(path: request.path) else { throw .unknownPath }
      record.endpoint = Array(endpoint.name.utf8)
      defer { counters.count(endpoint, code: record.code, at: now.monotonic) }
      do throws(Refusal) {
        let before = windows[limit(of: endpoint)]
        try admit(request, to: endpoint, at: now)
        let number = count(endpoint)
        record.fault = faults.fault(of: endpoint, number: number)
        defer { registerAgain(after: number, endpoint, record) }
        do throws(Refusal) {
          try json.object { (json) throws(Refusal) in
            json.verdict(nil)
            try perform(endpoint, body: request.body, record: &record, into: &json)
          }
        } catch {
          if settings.facts.limitRefused == .notCounted { windows[limit(of: endpoint)] = before }
          throw error
        }
      } catch {
        record.code = error.code
        throw error
      }
    } catch {
      record.code = error.code
      json = JSONText()
      json.object { json in
        json.verdict(error)
        json.fields(error.fields)
      }
    }
    var answer = Answer(body: json.bytes, record: record)
    if let fault = record.fault {
      counters.faults[fault.kind, default: 0] += 1
      fault.damage(&answer)
    }
    return answer
  }

  /// Notes that the answer to a call of the API has left, or that its client is gone.
  mutating func delivered() {
    counters.leave()
  }

  /// Checks everything that can be said of a call before its body is read.
  private mutating func admit(
    _ request: Request, to endpoint: Endpoint, at now: Moment
  ) throws(Refusal) {
    guard request.method == "POST" else { throw .unreadableURL }
    let parameters = try CallParameters(query: request.query ?? [])
    guard parameters.app == Array(String(settings.app).utf8) else { throw .unknownApp }
    let userSig = try UserSig(parameters.userSig)
    guard settings.facts.storedDeflate == .accepted || !userSig.isStored else {
      throw .illegalUserSig
    }
    try userSig.verify(
      identifier: parameters.identifier, app: settings.app, key: settings.key, unixTime: now.unix)
    guard let caller = UserID(parameters.identifier), settings.admins.contains(caller) else {
      throw .notAdmin(endpoint.family)
    }
    let first = firstCall ?? now.monotonic
    firstCall = first
    let isAdmitted = windows[limit(of: endpoint), default: RateWindow(limit: settings.rate)]
      .admits(
        weight(of: request), at: now.monotonic,
        others: settings.others.rate(after: now.monotonic - first))
    guard isAdmitted else { throw .overRate }
  }

  /// The limit that a call counts towards.
  private func limit(of endpoint: Endpoint) -> Endpoint? {
    settings.facts.limitScope == .endpoint ? endpoint : nil
  }

  /// How much a call counts.
  private func weight(of request: Request) -> Int {
    guard settings.facts.limitUnit == .users else { return 1 }
    return max(1, JSONValue(request.body)?.firstList?.count ?? 1)
  }

  /// The number of an admitted call among its like, from 1.
  private mutating func count(_ endpoint: Endpoint) -> Int {
    switch endpoint.effect {
    case .changes: changes += 1
    case .reads: reads += 1
    case nil: return 0
    }
    return endpoint.effect == .changes ? changes : reads
  }

  /// Registers the ids again that are to come after a call.
  private mutating func registerAgain(
    after number: Int, _ endpoint: Endpoint, _ record: CallRecord
  ) {
    guard endpoint.effect == .changes else { return }
    for id in reregistrations.after(number, of: record.ids) where users.isFreed(id) { register(id) }
  }

  /// Carries out an admitted call; writes the fields that follow the verdict.
  private mutating func perform(
    _ endpoint: Endpoint, body: [UInt8], record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    guard let value = JSONValue(body), case .object = value else {
      throw .badJSON(endpoint.family)
    }
    if let fault = record.fault {
      try perform(endpoint, value, with: fault, record: &record, into: &json)
    } else {
      try perform(endpoint, value, record: &record, into: &json)
    }
  }

  mutating func perform(
    _ endpoint: Endpoint, _ value: JSONValue, record: inout CallRecord, into json: inout JSONText
  ) throws(Refusal) {
    switch endpoint {
    case .accountDelete: try deleteAccounts(value, record: &record, into: &json)
    case .accountCheck: try checkAccounts(value, record: &record, into: &json)
    case .accountImport: try importAccount(value, record: &record)
    case .removeAllTags: try clearTags(value, .allMemberPush, record: &record, into: &json)
    case .getTag: try readTags(value, .allMemberPush, record: &record, into: &json)
    case .addTag: try addTags(value, record: &record)
    case .timpushClearAllTags: try clearTags(value, .timpush, record: &record, into: &json)
    case .timpushGetTag: try readTags(value, .timpush, record: &record, into: &json)
    case .timpushAddTag: try timpushAddTags(value, record: &record, into: &json)
    }
  }
}
