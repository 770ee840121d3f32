internal import PruneCore

/// Events and actions in one line each, for a schedule.
enum Words {
  static func seconds(_ instant: Instant) -> String {
    let milliseconds = instant.nanoseconds / 1_000_000
    let fraction = String(milliseconds % 1000 + 1000).dropFirst()
    let whole = String(milliseconds / 1000)
    return String(repeating: " ", count: max(0, 6 - whole.count)) + whole + "." + fraction
  }

  static func of(_ event: ApplyEvent) -> String {
    switch event {
    case .answered(let id, .response(let status, let body, _)):
      "answer to \(id.number): \(status) \(String(decoding: body.prefix(160), as: UTF8.self))"
    case .answered(let id, let reply): "answer to \(id.number): \(reply)"
    case .durable(let ticket): "append \(ticket.number) is durable"
    default: "\(event)"
    }
  }

  static func of(_ action: ApplyAction) -> String {
    switch action {
    case .append(let records, let ticket):
      "append \(ticket.number): " + records.map(Self.of).joined(separator: "; ")
    case .send(let id, let call, let ids):
      "send \(id.number): \(call) for \(list(ids))"
    case .finish: "finish"
    default: "\(action)"
    }
  }

  private static func of(_ record: JournalRecord) -> String {
    var bytes: [UInt8] = []
    record.append(to: &bytes)
    return String(decoding: bytes.dropFirst(9).dropLast().prefix(160), as: UTF8.self)
      .replacing("\t", with: " ")
  }

  private static func list(_ ids: [UserID]) -> String {
    ids.prefix(8).map(\.description).joined(separator: " ")
      + (ids.count > 8 ? " and \(ids.count - 8) more" : "")
  }
}
