/// What a reply says, decoded in one place for users and precheck alike.
enum Reading {
  /// An answer of the service.
  case answer(Answer)
  /// The call cannot have reached the service; why.
  case notSent(String)
  /// The other side could not prove who it is; why.
  case untrusted(String)
  /// The call may have reached the service, and no whole answer came back; why.
  case lost(String)
  /// A server in trouble answered, with this HTTP status from 500 to 599.
  case unavailable(status: Int)
  /// A web page answered, or a redirect.
  case webPage(status: Int)
  /// Something else answered.
  case unusable(status: Int)

  /// What came in place of an answer, in words, given the HTTP status.
  static func words(forStatus status: Int) -> String {
    status == 200 ? "an answer that cannot be read" : "HTTP status \(status)"
  }
}

/// Decodes replies.
///
/// It owns what replies tell besides their answers: how far this machine's clock is ahead of the
/// service's.
struct ReplyReader {
  /// By how many seconds this machine's clock is ahead, by the last reply that told the service's
  /// time; nil if none did.
  private(set) var secondsAhead: Int?

  mutating func read(_ reply: Reply, at now: Timestamp) -> Reading {
    switch reply {
    case .notSent(let message): return .notSent(message)
    case .untrusted(let message): return .untrusted(message)
    case .lost(let message): return .lost(message)
    case .response(let status, let body, let head):
      if let time = head.date { secondsAhead = now.seconds(since: time) }
      if status == 200, let answer = Answer(json: body) { return .answer(answer) }
      if (500...599).contains(status) { return .unavailable(status: status) }
      let isPage = (300...399).contains(status) || head.isHTML || ResponseHead.isHTML(body)
      return isPage ? .webPage(status: status) : .unusable(status: status)
    }
  }
}
