internal import Bytes
internal import Crypto

/// One entry in the log of a shared state (docs/architecture.md, "Shared states"): a line in the form
/// of a `FramedLine`, and what the run wrote to its journal.
///
/// ```
/// 5b1c22f0	open	1	8f2c41d09ab3	00000017	2026-11-21T03:40:12Z	runner-7	imprune apply leavers.yaml
/// 90ab33d1	records	1	8f2c41d09ab3	00000018	164
/// 1c0f8a2e	close	1	8f2c41d09ab3	00000019
/// ```
package struct LogEntry: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    /// A run takes the state.
    case open(LogHolder)
    /// The next bytes of its journal; none to show that it is alive.
    case records([UInt8])
    /// The run is over and sends nothing more.
    case close
  }

  package let run: RunID
  package let index: LogIndex
  package let content: Content

  package init(_ content: Content, of run: RunID, at index: LogIndex) {
    self.run = run
    self.index = index
    self.content = content
  }

  /// More than the longest entry of a run: 64 intents with 100 users each, and their outcomes.
  package static let maxBytes = 1 << 24
  private static let maxLineBytes = 4096

  // MARK: - Writing

  /// The bytes of the entry. Two runs never write the same bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    let (kind, more, body): (String, String, [UInt8]) =
      switch content {
      case .open(let holder): ("open", "\t\(holder.since)\t\(holder.host)\t\(holder.job)", [])
      case .records(let records): ("records", "\t\(records.count)", records)
      case .close: ("close", "", [])
      }
    bytes.appendFramed { line in
      line.append(contentsOf: "\(kind)\t1\t\(run)\t\(index)\(more)".utf8)
    }
    return bytes + body
  }

  // MARK: - Reading

  /// Reads the entry at an index.
  package init(_ bytes: [UInt8], at index: LogIndex) throws(LogError) {
    guard let end = bytes.prefix(Self.maxLineBytes).firstIndex(of: UInt8(ascii: "\n")),
      let line = FramedLine(
        bytes, LineReader.Line(range: 0..<end, isEnded: true, isOverlong: false))
    else { throw .damaged(index) }
    guard let version = line.text(1), let kind = Kind(rawValue: line.kind) else {
      throw .damaged(index)
    }
    guard version == "1" else { throw .newerVersion(index, version) }
    let body = Array(bytes[(end + 1)...])
    guard line.count == kind.fields, let run = line.value(2, { RunID($0, $1) }),
      line.text(3) == index.description
    else { throw .damaged(index) }
    switch kind {
    case .open:
      guard let since = line.value(4, { Timestamp($0, $1) }), body.isEmpty,
        let host = line.text(5), let job = line.text(6)
      else { throw .damaged(index) }
      self.init(.open(LogHolder(run: run, since: since, host: host, job: job)), of: run, at: index)
    case .records:
      guard line.text(4) == String(body.count) else { throw .damaged(index) }
      self.init(.records(body), of: run, at: index)
    case .close:
      guard body.isEmpty else { throw .damaged(index) }
      self.init(.close, of: run, at: index)
    }
  }

  private enum Kind: String {
    case open, records, close

    /// How many fields its line has.
    var fields: Int {
      switch self {
      case .open: 7
      case .records: 5
      case .close: 4
      }
    }
  }
}

/// The run that holds a shared state, or held it last, as it described itself.
package struct LogHolder: Equatable, Sendable {
  package let run: RunID
  /// By the clock of its machine.
  package let since: Timestamp
  package let host: String
  /// The command, and where it runs.
  package let job: String

  /// Keeps at most 200 bytes of each text, and nothing that a terminal would not show as it is.
  package init(run: RunID, since: Timestamp, host: String, job: String) {
    self.run = run
    self.since = since
    self.host = Self.plain(host)
    self.job = Self.plain(job)
  }

  private static func plain(_ text: String) -> String {
    var plain = ""
    for scalar in text.unicodeScalars {
      let isShown: Bool =
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
          .unassigned:
          false
        default: true
        }
      guard plain.utf8.count + scalar.utf8.count <= 200 else { break }
      plain.unicodeScalars.append(isShown ? scalar : " ")
    }
    return plain.isEmpty ? "-" : plain
  }
}
