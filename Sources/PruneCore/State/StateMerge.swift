/// Merges two states with a common ancestor (`state merge`), record by record, without holding them
/// in memory.
///
/// A record that one side dropped and the other left unchanged is dropped. If both have it, the
/// higher done revision wins, then the later time. If only one side changed the last attempt, that
/// side's counts; if both did, the higher revision wins, then the later time.
package struct StateMerge: ~Copyable, RecordSource {
  /// Which of the three states.
  package enum Side: Sendable {
    case base
    case ours
    case theirs
  }

  /// Why states cannot be merged.
  package enum Refusal: Error, Equatable, Sendable {
    /// A state differs from ours in this: app, kind of service or lineage.
    case mismatched(Side, String)
    /// The base has a higher serial than this side, so it is not the side's ancestor.
    case olderThanBase(Side)
    /// A state leaves no serial for the merged one.
    case state(Side, StateError)
  }

  /// The state last read from, which an error refers to.
  package private(set) var reading = Side.base

  private var base: StateReader?
  private var ours: StateReader
  private var theirs: StateReader
  private var baseRecord: StateRecord?
  private var ourRecord: StateRecord?
  private var theirRecord: StateRecord?
  private var hasBegun = false

  /// Begins a merge; without a common ancestor `base` is nil.
  package init(
    base: consuming StateReader?, ours: consuming StateReader, theirs: consuming StateReader
  ) {
    self.base = base
    self.ours = ours
    self.theirs = theirs
  }

  /// The header of the merged state; its record count must still be set.
  package func header() throws(Refusal) -> StateHeader {
    let base: StateHeader?
    switch self.base {
    case .some(let reader): base = reader.header
    case nil: base = nil
    }
    try Self.match(ours.header, theirs.header, .theirs)
    if let base {
      try Self.match(ours.header, base, .base)
      if base.serial > ours.header.serial { throw .olderThanBase(.ours) }
      if base.serial > theirs.header.serial { throw .olderThanBase(.theirs) }
    }
    var header = ours.header
    let (last, serial): (Side, UInt64) =
      theirs.header.serial > header.serial
      ? (.theirs, theirs.header.serial) : (.ours, header.serial)
    header.serial = try attempt(StateHeader.serial(after: serial)) { Refusal.state(last, $0) }
    header.unfinished = Unfinished.merged(header.unfinished, theirs.header.unfinished)
    return header
  }

  private static func match(
    _ ours: StateHeader, _ other: StateHeader, _ side: Side
  ) throws(Refusal) {
    if let what = ours.difference(from: other) { throw .mismatched(side, what) }
  }

  package mutating func next() throws(StateError) -> StateRecord? {
    while let change = try nextChange() {
      if let record = change.after { return record }
    }
    return nil
  }

  /// The merged result of the next record on either side, compared with ours; nil at the verified
  /// end of all three.
  package mutating func nextChange() throws(StateError) -> RecordChange? {
    if !hasBegun {
      hasBegun = true
      try advanceBase()
      try advanceOurs()
      try advanceTheirs()
    }
    while true {
      let key = Self.first(Self.first(ourRecord?.key, theirRecord?.key), baseRecord?.key)
      guard let key else { return nil }
      let base = baseRecord?.key == key ? baseRecord : nil
      let ours = ourRecord?.key == key ? ourRecord : nil
      let theirs = theirRecord?.key == key ? theirRecord : nil
      if base != nil { try advanceBase() }
      if ours != nil { try advanceOurs() }
      if theirs != nil { try advanceTheirs() }
      // A record dropped by both sides is new to neither.
      if ours == nil, theirs == nil { continue }
      let merged = StateRecord.merged(base: base, ours: ours, theirs: theirs)
      return RecordChange(key, before: ours, after: merged)
    }
  }

  private static func first(_ one: RecordKey?, _ other: RecordKey?) -> RecordKey? {
    guard let one else { return other }
    guard let other else { return one }
    return min(one, other)
  }

  private mutating func advanceBase() throws(StateError) {
    reading = .base
    baseRecord = try base?.next()
  }

  private mutating func advanceOurs() throws(StateError) {
    reading = .ours
    ourRecord = try ours.next()
  }

  private mutating func advanceTheirs() throws(StateError) {
    reading = .theirs
    theirRecord = try theirs.next()
  }
}

extension StateRecord {
  /// Merges two records of one key, given their common ancestor; nil means no record.
  package static func merged(
    base: StateRecord?, ours: StateRecord?, theirs: StateRecord?
  ) -> StateRecord? {
    guard var merged = ours, let theirs else {
      // Dropped by one side: it stays dropped, unless the other side has learned something since.
      let present = ours ?? theirs
      return present == base ? nil : present
    }
    merged.done = StateRecord.Done.later(merged.done, theirs.done)
    if merged.attempt == base?.attempt {
      merged.attempt = theirs.attempt
    } else if theirs.attempt != base?.attempt {
      merged.attempt = Attempt.later(merged.attempt, theirs.attempt)
    }
    if let done = merged.done, let attempt = merged.attempt, attempt.revision <= done.revision {
      merged.attempt = nil
    }
    return merged
  }
}

/// What is known about one revision at one time.
private protocol Dated {
  var revision: Revision { get }
  var time: Timestamp { get }
  var run: RunID { get }
  /// Its outcome.
  var word: String { get }
  /// Whether it must be resolved first; nothing at the same revision can replace it.
  var isOpen: Bool { get }
}

extension StateRecord.Done: Dated {
  fileprivate var word: String { outcome.rawValue }
  fileprivate var isOpen: Bool { false }
}

extension StateRecord.Attempt: Dated {
  fileprivate var word: String { status.description }
  fileprivate var isOpen: Bool { status == .unknown }
}

extension Dated {
  /// The higher revision, then unknown, then the later time. The rest only makes the result the
  /// same from both sides.
  fileprivate static func later(_ one: Self?, _ other: Self?) -> Self? {
    guard let one else { return other }
    guard let other else { return one }
    if one.revision == other.revision, one.isOpen != other.isOpen {
      return one.isOpen ? one : other
    }
    let rank = (one.revision, one.time, one.word, one.run.number)
    return rank < (other.revision, other.time, other.word, other.run.number) ? other : one
  }
}

extension Unfinished {
  /// The unfinished plan after a merge: the one that both sides have, with the runs of both. A plan of
  /// one side needs a new approval, since the other may have ended it, for example with `state
  /// resolve --as open`.
  fileprivate static func merged(_ ours: Unfinished?, _ theirs: Unfinished?) -> Unfinished? {
    guard let ours, let theirs, ours.digest == theirs.digest else { return nil }
    return Unfinished(
      ours.digest, runs: ours.runs + theirs.runs.filter { !ours.runs.contains($0) })
  }
}
