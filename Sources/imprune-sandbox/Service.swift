/// The stand-in of the service: its accounts and rules, without sockets or clocks.
struct Service {
  let settings: ServiceSettings
  var users: UserTable
  var counters = Counters()
  private var windows: [Endpoint: RateWindow] = [:]

  /// A service that nobody has called yet.
  init(settings: ServiceSettings, users: UserTable) {
    self.settings = settings
    self.users = users
  }

  /// Answers one request; all its effects have happened when this returns.
  ///
  /// For a call of the API, in other words when the answer has a record, `delivered()` is due
  /// once the answer has left.
  mutating func answer(_ request: Request, at now: Moment) -> Answer {
    if let page = page(for: request) { return page }
    counters.enter()
    var record = CallRecord(time: now.monotonic, endpoint: request.path)
    var response = JSONText()
    do throws(Refusal) {
      guard let endpoint = Endpoint(path: request.path) else { throw .unknownPath }
      record.endpoint = Array(endpoint.name.utf8)
      defer { counters.count(endpoint, code: record.code, at: now.monotonic) }
      do throws(Refusal) {
        try admit(request, to: endpoint, at: now)
        let fields = try perform(endpoint, body: request.body, record: &record)
        response.raw("{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0")
        response.raw(fields)
        response.raw("}")
      } catch {
        record.code = error.code
        throw error
      }
    } catch {
      record.code = error.code
      response.raw("{\"ActionStatus\":\"FAIL\",\"ErrorInfo\":")
      response.string(error.info.utf8)
      response.raw(",\"ErrorCode\":\(error.code)}")
    }
    return Answer(body: response.bytes, record: record)
  }

  /// Notes that the answer to a call of the API has left, or has nobody to go to.
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
    try userSig.verify(
      identifier: parameters.identifier, app: settings.app, key: settings.key, unixTime: now.unix)
    guard let caller = UserID(parameters.identifier), settings.admins.contains(caller) else {
      throw .notAdmin(endpoint.family)
    }
    let isAdmitted = windows[endpoint, default: RateWindow(limit: settings.rate)]
      .admits(at: now.monotonic)
    guard isAdmitted else { throw .overRate }
  }

  /// Carries out an admitted call; gives the members that follow the three common ones.
  private mutating func perform(
    _ endpoint: Endpoint, body: [UInt8], record: inout CallRecord
  ) throws(Refusal) -> JSONText {
    guard let value = try? JSONScanner.value(of: body), case .object = value else {
      throw .badJSON(endpoint.family)
    }
    switch endpoint {
    case .accountDelete: return try deleteAccounts(value, record: &record)
    case .accountCheck: return try checkAccounts(value, record: &record)
    case .accountImport: return try importAccount(value, record: &record)
    case .removeAllTags: return try removeAllTags(value, record: &record)
    case .getTag: return try getTags(value, record: &record)
    case .addTag: return try addTags(value, record: &record)
    case .timpushClearAllTags: return try timpushClearAllTags(value, record: &record)
    case .timpushGetTag: return try timpushGetTags(value, record: &record)
    }
  }
}
