/// Whether users of an operation whom the service calls absent may be taken for done.
///
/// A run that meets nobody who exists is more likely to have the wrong app, region or list than to be
/// about people who are all gone. As long as that is possible, absent users are recorded as failed, so
/// that whatever happens to the run the next plan asks for them again.
struct Absence {
  /// How many absent users stop any run: as many as the steps of the ramp have together.
  static let many = 111
  /// How many stop a run under a state that knows of nobody for whom the operation was performed.
  static let few = 5

  enum Verdict: Equatable {
    /// Nobody has been met who exists; absent users are held, recorded as failed.
    case open
    /// Absent users are done.
    case accepted
    /// Absent users stay failed.
    case refused
  }

  /// A user who is recorded as failed, and may yet turn out to be done.
  struct Held: Equatable {
    let id: UserID
    let intent: UInt32
    /// How many users the intent has, and which of them this is.
    let size: Int
    let index: Int
  }

  private(set) var verdict: Verdict
  private(set) var held: [Held] = []
  private let isFirst: Bool
  private let isAsked: Bool
  private var absent = 0
  private var hasMetSomebody = false

  /// `isAccepted` says that the user has accepted them beforehand; `isFirst` that the state knows of
  /// nobody for whom the operation was performed; `planned` is how many users the run is to send.
  init(isAccepted: Bool, isFirst: Bool, planned: Int) {
    self.isFirst = isFirst
    isAsked = !isAccepted
    verdict = isAccepted || !isFirst && planned < Self.many ? .accepted : .open
  }

  /// Takes up a user whom the service calls absent; says how the user is recorded.
  mutating func meetAbsent(_ user: Held) -> Verdict {
    absent += 1
    if verdict == .open { held.append(user) }
    return verdict
  }

  /// Somebody exists: absent users are done from now on. Gives those who were held.
  mutating func meetSomebody() -> [Held] {
    hasMetSomebody = true
    return verdict == .open ? accept() : []
  }

  /// Takes absent users for done. Gives those who were held.
  mutating func accept() -> [Held] {
    verdict = .accepted
    return takeHeld()
  }

  /// Leaves absent users failed.
  mutating func refuse() { verdict = .refused }

  /// Gives those who were held.
  mutating func takeHeld() -> [Held] {
    defer { held = [] }
    return held
  }

  /// Whether so many are absent that the run must stop.
  var isTooMany: Bool { verdict == .open && held.count >= (isFirst ? Self.few : Self.many) }

  /// Whether, with all users answered, the run must stop.
  var isEverybody: Bool { verdict == .open && isFirst && !held.isEmpty }

  /// Whether all users so far, and more than one, were absent in a run that does not end for it: then
  /// a word is due.
  var isStriking: Bool { isAsked && !isFirst && !hasMetSomebody && absent > 1 }
}
