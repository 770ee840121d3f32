/// A reply, decoded in one place for users and precheck alike.
enum Reading {
  /// A response of the service.
  case answer(Answer)
  /// The call cannot have reached the service; the reason.
  case notSent(String)
  /// The other side failed authentication; the reason.
  case untrusted(String)
  /// The call may have reached the service, but no complete response came back; the reason.
  case lost(String)
  /// A server error, with this HTTP status from 500 to 599.
  case unavailable(status: Int)
  /// A web page, or a redirect.
  case webPage(status: Int)
  /// Any other response.
  case unusable(status: Int)

  /// A description of a wrong response, given the HTTP status.
  static func words(forStatus status: Int) -> String {
    status == 200 ? "an answer that cannot be read" : "HTTP status \(status)"
  }
}

/// Decodes replies.
///
/// It owns what replies show besides their content: how far this machine's clock is ahead of the
/// service's.
struct ReplyReader {
  /// By how many seconds this machine's clock is ahead, according to the last reply with the
  /// service's time; nil if none had it.
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
