package import PruneCore

/// Why a shared state cannot be used.
package enum SharedStoreError: Error, Equatable, Sendable {
  /// No answer, or one that says that another attempt may succeed; at the earliest after this time.
  case unavailable(String, after: Interval? = nil)
  /// The store refuses; its code and its words.
  case refused(code: String, words: String)
  /// The store cannot keep a state safely; the reason.
  case unsuitable(String)
  /// The state has another version than expected.
  case conflict
  /// What is at the address is not a state that imprune has stored; the reason.
  case notAState(String)
  case log(LogError)
  /// The store's clock is this many seconds ahead of this machine's, or behind.
  case otherTime(seconds: Int)
  /// Another run holds the state.
  case held(LogHolder)
  /// Another run has taken the state from this one.
  case takenOver(LogHolder?)
  /// The scratch folder of this machine cannot be used.
  case disk(SystemError)
  /// A local copy of the state cannot be used.
  case state(StateStoreError)
  /// The state kept changing while it was read.
  case keptChanging

  /// Whether another attempt may succeed.
  var isTransient: Bool { if case .unavailable = self { true } else { false } }

  /// What is wrong, and what to do unless it is obvious, in sentences.
  package var explanation: String {
    switch self {
    case .unavailable(let words, _): "The store is unavailable: \(words)."
    case .refused(let code, let words): "The store refused the request (\(code)). \(words)"
    case .unsuitable(let words): words
    case .conflict:
      "Another program has replaced the state in the store. Run the command again."
    case .notAState(let words): words
    case .log(let error): error.explanation
    case .otherTime(let seconds):
      "The clock of this machine is \(abs(seconds)) s \(seconds > 0 ? "behind" : "ahead of") that of "
        + "the store. imprune compares times of several machines to decide whether it may send a call "
        + "again, so it needs clocks that agree within 30 s. Set the clock of this machine."
    case .held(let holder): "It is held by \(holder.words)."
    case .takenOver(let holder):
      "Another run has taken over the state: \(holder?.words ?? "imprune cannot read which one")."
    case .disk(let error): "\(error)."
    case .state(let error): "\(error)"
    case .keptChanging:
      "The state kept changing while it was read. Run the command again."
    }
  }
}

extension LogHolder {
  /// For people.
  package var words: String { "run \(run) on \(host), \(job), since \(since)" }
}
