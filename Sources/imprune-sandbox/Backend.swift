import FoundationEssentials
import NIOCore
import Synchronization

/// The service behind the sockets: it brings the time and keeps the request log.
final class Backend: Sendable {
  private let service: Mutex<Service>
  private let log: OutputFile?

  init(service: Service, log: OutputFile?) {
    self.service = Mutex(service)
    self.log = log
  }

  /// The number of accounts now.
  var userCount: Int { service.withLock { $0.users.count } }

  /// Answers one request with what the clocks say now, and logs it.
  func answer(_ request: Request) -> Answer {
    let now = Moment(
      monotonic: NIODeadline.now().uptimeNanoseconds,
      unix: Int(Date().timeIntervalSince1970.rounded(.down)))
    let answer = service.withLock { $0.answer(request, at: now) }
    if let log, let record = answer.record { log.write(record.line) }
    return answer
  }

  /// Notes that the answer to a call of the API has left, or that its client is gone.
  func delivered() {
    service.withLock { $0.delivered() }
  }
}
