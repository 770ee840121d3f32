import JSON
import PruneCore
import PruneEngine

/// The report of the kit, which `imprune-sandbox --facts` reads: no secret, no app, and no id but those
/// of its own. `examples/schemas/facts.schema.json` describes it.
package struct ContractReport {
  private static let format = "1.0"

  private let place: OutputPlace

  /// Decides where it goes, before anything is asked.
  package init(path: String) throws(ContractRefusal) {
    place = try attempt(OutputPlace(path)) { (refusal: OutputRefusal) in
      ContractRefusal(
        summary: refusal.summary, explanation: refusal.explanation + " Nothing was done.",
        code: refusal.isSystem ? 1 : 64)
    }
  }

  /// Writes what was seen; a file is replaced in one step.
  package func save(_ result: ContractResult, endpoint: String) throws(ContractRefusal) {
    do throws(SystemError) {
      let file = try OutputFile(place)
      try file.write(Self.text(result, endpoint: endpoint, at: Process.wallSeconds()))
      try file.commit()
    } catch {
      throw ContractRefusal(
        summary: "the report \(place.name) could not be written", explanation: "\(error).")
    }
  }

  package static func text(
    _ result: ContractResult, endpoint: String, at seconds: UInt32
  ) -> [UInt8] {
    var json = JSONText()
    json.object(.lines) { json in
      json.field("format_version", format)
      json.field("endpoint", endpoint)
      json.field("time", "\(Timestamp(seconds: seconds))")
      json.field("run", result.run)
      json.field("calls", result.callCount)
      json.field("problem", result.problem)
      json.key("left")
      json.array { json in for id in result.left { json.value(id) } }
      json.key("facts")
      json.array(.lines) { json in
        for fact in result.facts {
          json.object(.lines) { json in write(fact, into: &json) }
        }
      }
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }

  private static func write(_ fact: ContractResult.Fact, into json: inout JSONText) {
    json.field("name", fact.name)
    json.field("question", fact.question)
    json.field("expected", fact.expected.answer)
    json.field("basis", fact.expected.basis)
    switch fact.finding {
    case .seen(let answer, let detail, let milliseconds):
      json.field("answer", answer)
      if !detail.isEmpty { json.field("detail", detail) }
      if let milliseconds { json.field("milliseconds", milliseconds) }
    case .notSeen(let reason):
      json.field("answer", String?.none)
      json.field("detail", reason)
    }
  }
}
