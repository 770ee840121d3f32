import PruneCore

/// Records of a state as text.
enum StateView {
  /// In one word or two: `removed`, `failed(70402)`, `unknown`, with what is done beside it.
  static func status(of record: StateRecord) -> String {
    let done = record.done.map { "\($0.outcome.rawValue)" }
    let attempt = record.attempt.map { "\($0.status)" }
    return [done, attempt].compactMap { $0 }.joined(separator: ", then ")
  }

  static func details(of record: StateRecord) -> String {
    var text = "\(record.id)  \(record.operation.name)\n"
    if let done = record.done {
      text +=
        "  done          \(done.outcome.rawValue), revision \(done.revision), \(done.time), "
        + "run \(done.run)\n"
    }
    if let attempt = record.attempt {
      text +=
        "  last attempt  \(attempt.status), revision \(attempt.revision), \(attempt.time), "
        + "run \(attempt.run)\n"
    }
    return text
  }

  static func summary(
    _ header: StateHeader, _ count: Int, _ journal: JournalHeader?, _ name: String, _ style: Style
  ) -> String {
    var text =
      style.green("Whole.")
      + " \(printable(name)): app \(header.app) (\(header.service.rawValue)), lineage "
      + "\(header.lineage), serial \(header.serial), \(counted(count, "record")).\n"
    if let journal {
      text +=
        "A journal of run \(journal.run) lies beside it and is counted in; fold it with "
        + "`imprune state recover`.\n"
    }
    if let unfinished = header.unfinished {
      let digest = unfinished.digest.description.prefix(12)
      text += "The last run did not finish its plan (digest \(digest)).\n"
    }
    return text
  }
}
