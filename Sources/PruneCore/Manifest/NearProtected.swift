/// Finds unprotected users that someone may believe to be protected: their ids are one edit from a
/// protected id, or look like a protected one to a reviewer.
enum NearProtected {
  /// What users are near to.
  enum Finding: Hashable {
    /// A protected id, or the admin's.
    case id(UserID)
    /// A glob, except for case or lookalikes.
    case glob(String)
    /// An entry that would protect them if it were a regular expression.
    case regularExpression(String)
  }

  /// Shorter ids are one edit from too many others to mean anything.
  private static let shortest = 3

  /// Calls `found` with each finding and its users, sorted by id.
  static func find(
    _ manifest: Manifest, _ found: (_ finding: Finding, _ users: [Entries.Entry]) -> Void
  ) {
    var steps = 0
    find(manifest, &steps, found)
  }

  /// As above; counts comparisons.
  static func find(
    _ manifest: Manifest, _ steps: inout Int,
    _ found: (_ finding: Finding, _ users: [Entries.Entry]) -> Void
  ) {
    let list = manifest.entries.list
    let protection = Protection(manifest)
    let looks = Looks(manifest.guards.protected.map(\.text), ids: protection.always)
    var alike = looks.users(of: list, protection, &steps)
    var edits = OneEdit(list)
    for id in protection.ids {
      var near = Set(alike.removeValue(forKey: .id(id)) ?? [])
      if id.count >= shortest {
        for index in edits.neighbors(of: id, &steps)
        where protection.block(list[index].id, &steps) == nil {
          near.insert(index)
        }
      }
      if !near.isEmpty { found(.id(id), near.sorted().map { list[$0] }) }
    }
    for finding in looks.findings {
      if let users = alike.removeValue(forKey: finding) {
        found(finding, users.map { list[$0] })
      }
    }
  }
}

/// The protected entries by appearance.
private struct Looks {
  /// What an index's numbers mean.
  private(set) var findings: [NearProtected.Finding] = []
  /// All entries.
  private let all: PatternIndex
  /// Entries whose appearance differs from their text, and so may match users whose own ids do not
  /// match: only these matter for users whose appearance equals their text.
  private let changed: PatternIndex
  private let changedNumbers: [UInt16]

  init(_ patterns: [String], ids: [UserID]) {
    var texts: [String] = []
    var changed: [String] = []
    var numbers: [UInt16] = []
    var findings: [NearProtected.Finding] = []
    func add(_ pattern: String, as finding: NearProtected.Finding, isChanged: Bool) {
      if isChanged {
        changed.append(pattern)
        numbers.append(UInt16(clamping: texts.count))
      }
      texts.append(pattern)
      findings.append(finding)
    }
    for id in ids { add(id.look.description, as: .id(id), isChanged: id.look != id) }
    for pattern in patterns {
      guard let bytes = UserID(pattern) else { continue }
      let look = bytes.look
      let isGlob = pattern.utf8.contains(UInt8(ascii: "*"))
      add(look.description, as: isGlob ? .glob(pattern) : .id(bytes), isChanged: look != bytes)
      let read = look.description.replacing(".*", with: "*").replacing(".+", with: "*")
      if !read.utf8.elementsEqual(look.description.utf8) {
        add(read, as: .regularExpression(pattern), isChanged: true)
      }
    }
    all = PatternIndex(texts)
    self.changed = PatternIndex(changed)
    (self.findings, changedNumbers) = (findings, numbers)
  }

  /// The users who look protected and are not, as indices of a list.
  func users(
    of list: [Entries.Entry], _ protection: Protection, _ steps: inout Int
  ) -> [NearProtected.Finding: [Int]] {
    var users: [NearProtected.Finding: [Int]] = [:]
    let hasChanged = !changed.isEmpty
    for index in list.indices {
      let id = list[index].id
      var number: UInt16?
      if id.mayBeMisread {
        number = all.firstMatch(of: id.look, &steps)
      } else if hasChanged {
        number = changed.firstMatch(of: id, &steps).map { changedNumbers[Int($0)] }
      }
      guard let number, protection.block(id, &steps) == nil else { continue }
      users[findings[Int(number)], default: []].append(index)
    }
    return users
  }
}
