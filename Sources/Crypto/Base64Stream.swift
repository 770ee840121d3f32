extension Base64 {
  /// Encodes bytes given piece by piece.
  package struct Encoder: Sendable {
    /// At most two bytes that wait for others.
    private var waiting: [UInt8] = []

    package init() {}

    /// Appends bytes; returns what is ready of their text.
    package mutating func update(_ bytes: [UInt8]) -> [UInt8] {
      waiting += bytes
      let count = waiting.count - waiting.count % 3
      defer { waiting.removeFirst(count) }
      return Base64.encode(Array(waiting[..<count]))
    }

    /// The rest of the text, padded.
    package func finalize() -> [UInt8] { Base64.encode(waiting) }
  }

  /// Decodes text given piece by piece, as strictly as `decode`.
  package struct Decoder: Sendable {
    /// At most three characters that wait for others.
    private var waiting: [UInt8] = []
    private var hasPadding = false

    package init() {}

    /// Whether the text may end here.
    package var isComplete: Bool { waiting.isEmpty }

    /// Appends text; returns what is ready of its bytes, nil if it is not Base64.
    package mutating func update(_ text: [UInt8]) -> [UInt8]? {
      if text.isEmpty { return [] }
      // Nothing follows padding.
      if hasPadding { return nil }
      waiting += text
      let count = waiting.count - waiting.count % 4
      let whole = Array(waiting[..<count])
      waiting.removeFirst(count)
      hasPadding = whole.last == Base64.padding
      if hasPadding, !waiting.isEmpty { return nil }
      return Base64.decode(whole)
    }
  }
}
