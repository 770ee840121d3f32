/// Whether the absent users of an operation may be recorded as done.
///
/// A run that finds no existing user more likely has the wrong app, region or list than a list of
/// users who are all gone. Until the run finds an existing user, it records absent users as failed,
/// so that the next plan includes them whatever happens to the run.
struct Absence {
  /// How many absent users stop any run: the sum of the first three batches (1, 10, 100).
  static let many = 111
  /// How many stop a run if the state has no record that the operation was ever performed.
  static let few = 5

  enum Verdict: Equatable {
    /// No existing user was found; absent users are held, recorded as failed.
    case open
    /// Absent users are done.
    case accepted
    /// Absent users stay failed.
    case refused
  }

  /// A user recorded as failed that may still turn out to be done.
  struct Held: Equatable {
    let id: UserID
    let place: IntentPlace
  }

  private(set) var verdict: Verdict
  private(set) var held: [Held] = []
  private let isFirst: Bool
  private let isAsked: Bool
  private var absent = 0
  private var hasMetExisting = false

  /// `isAccepted`: the operator accepts absent users. `isFirst`: the state has no record that the
  /// operation was ever performed. `planned`: how many users the run is to send.
  init(isAccepted: Bool, isFirst: Bool, planned: Int) {
    self.isFirst = isFirst
    isAsked = !isAccepted
    verdict = isAccepted || !isFirst && planned < Self.many ? .accepted : .open
  }

  /// Adds an absent user; the verdict says how to record it.
  mutating func meetAbsent(_ user: Held) -> Verdict {
    absent += 1
    if verdict == .open { held.append(user) }
    return verdict
  }

  /// A user exists, so absent users are done from now on. Returns the held users.
  mutating func meetExisting() -> [Held] {
    hasMetExisting = true
    return verdict == .open ? accept() : []
  }

  /// Accepts absent users as done. Returns the held users.
  mutating func accept() -> [Held] {
    verdict = .accepted
    return takeHeld()
  }

  /// Leaves absent users failed.
  mutating func refuse() { verdict = .refused }

  /// Returns and forgets the held users.
  mutating func takeHeld() -> [Held] {
    defer { held = [] }
    return held
  }

  /// Whether so many are absent that the run must stop.
  var isTooMany: Bool { verdict == .open && held.count >= (isFirst ? Self.few : Self.many) }

  /// Whether, with all users answered, the run must stop.
  var areAllAbsent: Bool { verdict == .open && isFirst && !held.isEmpty }

  /// Whether all users so far, and more than one, were absent in a run that goes on: worth a warning.
  var deservesWarning: Bool { isAsked && !isFirst && !hasMetExisting && absent > 1 }
}
