internal import JSON

extension Timeline {
  /// Writes it as an object; only counts that are not zero, except those of outcomes.
  func write(_ json: inout JSONText) {
    json.object(.lines) { json in
      json.field("seconds_per_point", width)
      json.key("points")
      json.array(.lines) { json in
        for point in points { point.write(&json) }
      }
    }
  }
}

extension Timeline.Point {
  fileprivate func write(_ json: inout JSONText) {
    json.object { json in
      json.field("second", second)
      json.key("calls")
      json.object { json in
        for call in Call.allCases where calls(call) > 0 { json.field(call.name, calls(call)) }
      }
      if throttled > 0 { json.field("throttled", throttled) }
      if retries > 0 { json.field("retries", retries) }
      if times.count > 0 {
        json.field("answers", times.count)
        json.key("answer_us")
        json.object { json in
          json.field("median", times.time(ofShare: 0.5).nanoseconds / 1000)
          json.field("p95", times.time(ofShare: 0.95).nanoseconds / 1000)
          json.field("slowest", times.slowest.nanoseconds / 1000)
        }
      }
      json.key("counts")
      json.object { json in
        json.field("removed", counts.removed)
        json.field("already_absent", counts.alreadyAbsent)
        json.field("cleared", counts.cleared)
        json.field("failed", counts.failed)
        json.field("unknown", counts.unknown)
      }
    }
  }
}
