import JSON

/// What is sent back.
struct Answer: Equatable {
  /// 200 for every verdict of the service (docs/service.md, "Responses").
  var status = 200
  var contentType = "application/json"
  var body: [UInt8]
  /// What the request log says of the call; nil for the sandbox's own pages.
  var record: CallRecord?
  var delivery = Delivery.whole

  /// How much of an answer arrives.
  enum Delivery {
    case whole
    /// Half of the body, then the end of the connection.
    case cut
    /// Nothing but the end of the connection.
    case dropped
    /// Nothing until the caller hangs up.
    case stalled
  }
}

/// One call in the request log. It has no place for a signature.
struct CallRecord: Equatable {
  /// When it came, in monotonic nanoseconds.
  var time: UInt64
  /// The endpoint's name, or the path that none has.
  var endpoint: [UInt8]
  /// The ids as sent; empty when the call was refused before its body was read.
  var ids: [UserID] = []
  /// The verdict on the call; nil when a fault kept it from having one.
  var code: Int? = 0
  /// How many items got each code.
  var items: [Int: Int] = [:]
  /// What went wrong with the call on purpose.
  var fault: Fault?

  /// The record as one line of JSON with its line end.
  var line: [UInt8] {
    var json = JSONText()
    json.object { json in
      json.field("t", time)
      json.key("endpoint")
      json.value(endpoint)
      json.key("ids")
      json.array { json in for id in ids { json.value(id) } }
      json.field("code", code)
      json.key("items")
      json.object { json in
        for (code, count) in items.sorted(by: { $0.key < $1.key }) { json.field("\(code)", count) }
      }
      if let fault { json.field("fault", fault.kind.rawValue) }
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }
}
