internal import Bytes

/// The state before a change, at the merge base of the base and HEAD.
package enum StateBefore: Equatable, Sendable {
  /// There was none, and a new manifest brings its own.
  case absent
  /// The bytes of the file.
  case file([UInt8])
  /// There was none for a manifest that existed; the change adds one.
  case added
  /// The change makes something else of the file: a link, another link, a folder.
  case relinked
}

/// How a state differs from that before a change. Only imprune writes a state, on the branch that it
/// applies; a change under review has no reason to.
package struct StateEdits: Equatable, Sendable {
  package internal(set) var dropped = 0
  package internal(set) var added = 0
  package internal(set) var altered = 0
  /// The first of them, in the order of the state.
  package internal(set) var first: [Edit] = []
  /// What differs as a whole, whatever the records.
  package internal(set) var whole: Whole?
  /// The command that restores the state before the change; nil if there is none to restore.
  package internal(set) var restore: String?

  /// How many are named.
  package static let named = 10

  package struct Edit: Equatable, Sendable {
    package let key: RecordKey
    package let kind: Kind
  }

  package enum Kind: String, Sendable {
    case dropped
    case added
    case altered
  }

  package enum Whole: Equatable, Sendable {
    /// The file is new, though the manifest is not.
    case new
    /// The file became a link, a folder, or the target of another link.
    case relinked
    /// The file is gone.
    case deleted
    /// Lines before the records differ: the first of them.
    case header(String)
    /// The state before the change cannot be read.
    case unreadable(StateError)

    var name: String {
      switch self {
      case .new: "new"
      case .relinked: "relinked"
      case .deleted: "deleted"
      case .header: "header"
      case .unreadable: "unreadable"
      }
    }
  }

  /// Whether restoring the state before the change would not help.
  fileprivate var isBaseUnreadable: Bool {
    if case .unreadable = whole { true } else { false }
  }

  package var isEmpty: Bool { dropped + added + altered == 0 && whole == nil }

  mutating func note(_ key: RecordKey, _ kind: Kind) {
    switch kind {
    case .dropped: dropped += 1
    case .added: added += 1
    case .altered: altered += 1
    }
    if first.count < Self.named { first.append(Edit(key: key, kind: kind)) }
  }
}

/// Hands on the records of a state, and notes how they differ from those before a change.
package struct StateComparer: ~Copyable, RecordSource {
  private var now: StateCursor
  private var before: StateReader?
  /// Whether records that are not in `before` are new.
  private var isComparable = true
  /// The record before the change that was read and is not compared yet.
  private var ahead: StateRecord?
  package private(set) var edits = StateEdits()
  /// Completed records that are gone or say less now, in order: their users are not backlog if the
  /// plan has them.
  private(set) var lost: [StateRecord] = []

  /// `header` is that of the state now; nil if there is no file.
  package init(
    _ now: consuming StateCursor, _ header: StateHeader?, before: StateBefore
  ) {
    self.now = now
    switch before {
    case .absent: break
    case .added: edits.whole = .new
    case .relinked:
      edits.whole = .relinked
      isComparable = false
    case .file(let bytes):
      do throws(StateError) {
        var reader = try StateReader(ByteSource(bytes))
        edits.whole = Self.difference(reader.header, header)
        ahead = try reader.next()
        self.before = consume reader
      } catch {
        fail(error)
      }
    }
  }

  private mutating func fail(_ error: StateError) {
    edits.whole = .unreadable(error)
    isComparable = false
    before = nil
    ahead = nil
  }

  private static func difference(
    _ before: StateHeader, _ now: StateHeader?
  ) -> StateEdits.Whole? {
    guard let now else { return .deleted }
    if let word = now.difference(from: before) { return .header(word) }
    if now.serial != before.serial { return .header("serial") }
    return now.unfinished == before.unfinished ? nil : .header("unfinished")
  }

  /// The next record of the state now.
  package mutating func next() throws(StateError) -> StateRecord? {
    let record = try now.next()
    while let old = ahead, record.map({ old.key < $0.key }) ?? true { drop(old) }
    guard let record else { return nil }
    if let old = ahead, old.key == record.key {
      if old != record {
        edits.note(record.key, .altered)
        if let done = old.done, record.done.map({ $0.revision < done.revision }) ?? true {
          lost.append(old)
        }
      }
      advance()
    } else if isComparable {
      edits.note(record.key, .added)
    }
    return record
  }

  private mutating func drop(_ old: StateRecord) {
    edits.note(old.key, .dropped)
    if old.done != nil { lost.append(old) }
    advance()
  }

  private mutating func advance() {
    ahead = nil
    do throws(StateError) {
      ahead = try before?.next()
    } catch {
      fail(error)
    }
  }
}

extension Plan {
  /// Takes what a comparison found. Users whose completed record is lost are part of the change.
  mutating func take(_ edits: StateEdits, lost: [StateRecord], of base: Base) {
    var edits = edits
    if !edits.isBaseUnreadable { edits.restore = base.restore }
    stateEdits = edits
    if !edits.isEmpty {
      if base.allowsStateEdits {
        cautions.append(.stateEdited(edits))
      } else {
        refusals.append(.stateEdited(edits))
      }
    }
    var next = 0
    for index in items.indices {
      let entry = entry(of: items[index])
      while next < lost.count, lost[next].id < entry.id { next += 1 }
      // A user may have a record for each operation.
      for record in lost[next...].prefix(while: { $0.id == entry.id })
      where record.operation == items[index].operation && !items[index].isChange {
        guard let done = record.done, done.revision >= revision(of: items[index]) else { continue }
        items[index].isChange = true
        added[items[index].operation] += 1
      }
    }
  }
}
