import NIOCore
import NIOHTTP1

/// One connection: gathers each request, asks the backend, sends the answer.
final class HTTPHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// A hundred ids take some 10 kB; a body beyond this is refused as a gateway would refuse it.
  private static let bodyLimit = 1 << 20

  private let backend: Backend
  private let facts: Facts
  private let latency: TimeAmount
  private let jitter: Jitter
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var isTooLong = false
  private var isStalled = false

  init(backend: Backend, facts: Facts, latency: TimeAmount, jitter: Jitter) {
    self.backend = backend
    self.facts = facts
    self.latency = latency
    self.jitter = jitter
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      isTooLong = false
      if head.headers[canonicalForm: "expect"].contains("100-continue") {
        let go = HTTPResponseHead(version: head.version, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
      }
    case .body(let bytes):
      isTooLong = isTooLong || body.count + bytes.readableBytes > Self.bodyLimit
      if !isTooLong { body.append(contentsOf: bytes.readableBytesView) }
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context: context)
    }
  }

  private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
    guard !isTooLong else {
      let answer = Answer(status: 413, contentType: "text/plain", body: [])
      send(answer, isLast: true, context: context)
      return
    }
    let request = Request(method: head.method.rawValue, target: head.uri, body: body)
    body = []
    let isLast = !head.isKeepAlive || facts.keepAlive == .closed
    guard let delay = jitter.next() else {
      return answer(request, isLast: isLast, context: context)
    }
    context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
      self.answer(request, isLast: isLast, context: context)
    }
  }

  private func answer(_ request: Request, isLast: Bool, context: ChannelHandlerContext) {
    deliver(backend.answer(request), isLast: isLast, context: context)
  }

  /// Sends the answer of a call after the latency, other answers at once.
  private func deliver(_ answer: Answer, isLast: Bool, context: ChannelHandlerContext) {
    guard answer.record != nil else {
      send(answer, isLast: isLast, context: context)
      return
    }
    guard answer.delivery != .stalled else {
      isStalled = true
      return
    }
    guard latency > .zero else {
      send(answer, isLast: isLast, context: context)
      backend.delivered()
      return
    }
    context.eventLoop.assumeIsolated().scheduleTask(in: latency) {
      self.send(answer, isLast: isLast, context: context)
      self.backend.delivered()
    }
  }

  private func send(_ answer: Answer, isLast: Bool, context: ChannelHandlerContext) {
    guard answer.delivery != .dropped else {
      context.close(promise: nil)
      return
    }
    var head = HTTPResponseHead(
      version: facts.httpVersion == .http10 ? .http1_0 : .http1_1,
      status: HTTPResponseStatus(statusCode: answer.status))
    if facts.date == .present { head.headers.add(name: "date", value: HTTPDate.now) }
    head.headers.add(name: "content-type", value: answer.contentType)
    head.headers.add(name: "content-length", value: String(answer.body.count))
    if isLast {
      head.headers.add(name: "connection", value: "close")
    } else if facts.httpVersion == .http10 {
      head.headers.add(name: "connection", value: "keep-alive")
    }
    let isCut = answer.delivery == .cut
    let body = isCut ? answer.body.prefix(answer.body.count / 2) : answer.body[...]
    let buffer = context.channel.allocator.buffer(bytes: body)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    guard !isCut else {
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer)))).assumeIsolated()
        .whenComplete { _ in context.close(promise: nil) }
      return
    }
    context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    guard isLast else { return }
    sent.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if isStalled { backend.delivered() }
    isStalled = false
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A connection that breaks is the caller's affair; the next one is served as ever.
    context.close(promise: nil)
  }
}
