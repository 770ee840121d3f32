/// One thing that goes wrong with one call.
///
/// As text `KIND[=CODE][*USERS]`: `drop-after`, `code-before=60013`, `items=70169*3`.
struct Fault: Equatable {
  /// What goes wrong; `words` says it of each. `before` and `after` tell whether the call has had
  /// its effect by then.
  enum Kind: String, CaseIterable {
    case dropBefore = "drop-before"
    case dropAfter = "drop-after"
    case stallBefore = "stall-before"
    case stallAfter = "stall-after"
    case badGatewayBefore = "502-before"
    case badGatewayAfter = "502-after"
    case codeBefore = "code-before"
    case codeAfter = "code-after"
    case throttle
    case items
    case otherCase = "other-case"
    case longID = "long-id"
    case otherList = "other-list"
    case garbage
    case cutLength = "cut-length"
    case cutJSON = "cut-json"
    case omitBefore = "omit-before"
    case omitAfter = "omit-after"
    case repeated = "repeat"
    case foreign
  }

  var kind: Kind
  /// The code that is answered; 0 with kinds that have none.
  var code: Int
  /// How many users it concerns; 1 with kinds that concern the call as a whole.
  var users = 1

  /// A fault of this kind with its usual code, for one user.
  init(_ kind: Kind) {
    self.kind = kind
    code = kind.usualCode ?? 0
  }

  /// Whether an answer of the endpoint has a place for the fault.
  func fits(_ endpoint: Endpoint) -> Bool {
    switch kind {
    case .items, .otherCase, .longID: endpoint.codeList != nil
    case .otherList: endpoint.effect == .changes
    case .omitBefore, .omitAfter, .repeated: endpoint.userList != nil
    case .foreign: endpoint.userList != nil || endpoint.codeList != nil
    default: true
    }
  }
}

extension Fault.Kind {
  /// The code answered unless another is named; nil for kinds without one.
  var usualCode: Int? {
    switch self {
    case .codeBefore, .codeAfter: 70500
    case .throttle: Refusal.overRate.code
    case .items: 70169
    case .otherCase, .longID, .otherList: 70402
    default: nil
    }
  }

  /// Whether the fault concerns single users, so many as its text says.
  var isOfUsers: Bool { sparesUsers || [.omitAfter, .repeated].contains(self) }

  /// Whether the first users of the call are left alone.
  var sparesUsers: Bool { givesUsersCode || self == .omitBefore }

  /// Whether the answer gives the first users of the call the fault's code.
  var givesUsersCode: Bool { [.items, .otherCase, .longID, .otherList].contains(self) }

  /// What goes wrong, in the words of the help.
  var words: String {
    switch self {
    case .dropBefore: "no effect, and the connection is closed"
    case .dropAfter: "the effect, and the connection is closed"
    case .stallBefore: "no effect, and no answer until the caller hangs up"
    case .stallAfter: "the effect, and no answer until the caller hangs up"
    case .badGatewayBefore: "no effect, and HTTP 502"
    case .badGatewayAfter: "the effect, and HTTP 502"
    case .codeBefore: "no effect, and a code for the whole call (70500)"
    case .codeAfter: "the effect, and a code for the whole call (70500)"
    case .throttle: "no effect, and 60007"
    case .items: "a code (70169) for the first users of the call, who are left alone"
    case .otherCase: "a code (70402) for the first users, left alone, by ids in the other case"
    case .longID: "a code (70402) for the first users, left alone, by ids of more than 32 bytes"
    case .otherList: "a code (70402) for the first users, left alone, in a list of another name"
    case .garbage: "the effect, and a body that is no JSON"
    case .cutLength: "the effect, and half of the body, then the end of the connection"
    case .cutJSON: "the effect, and half of the JSON"
    case .omitBefore: "the first users are left alone, and are missing from the answer"
    case .omitAfter: "the effect, and the first users are missing from the answer"
    case .repeated: "the effect, and the first users are in the answer twice"
    case .foreign: "the effect, and the answer speaks of another user of the app, too"
    }
  }
}

// MARK: - As text

/// A text of the command line that tells no fault; it says what is accepted.
struct BadFault: Error, Equatable, CustomStringConvertible {
  var description: String
}

extension Fault {
  /// Reads `KIND[=CODE][*USERS]`.
  init(_ text: some StringProtocol) throws(BadFault) {
    let (rest, users) = text.cut(at: "*")
    let (name, code) = rest.cut(at: "=")
    guard let kind = Kind(rawValue: name) else {
      let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw BadFault(description: "'\(name)' is no fault; there are \(known)")
    }
    self.init(kind)
    if let code {
      guard kind.usualCode != nil, let number = Int(code), (1...999_999).contains(number) else {
        let withCode = Kind.allCases.filter { $0.usualCode != nil }.map(\.rawValue)
        throw BadFault(
          description: "'=\(code)' cannot follow \(name): a code is 1 to 999999, with "
            + withCode.joined(separator: ", "))
      }
      self.code = number
    }
    if let users {
      guard kind.isOfUsers, let number = Int(users), (1...Service.batchLimit).contains(number)
      else {
        let ofUsers = Kind.allCases.filter(\.isOfUsers).map(\.rawValue).joined(separator: ", ")
        throw BadFault(
          description: "'*\(users)' cannot follow \(name): 1 to 100 users, with \(ofUsers)")
      }
      self.users = number
    }
  }
}

extension StringProtocol {
  /// What stands before the last `separator`, and what after it; nil if there is none.
  func cut(at separator: Character) -> (before: String, after: String?) {
    guard let index = lastIndex(of: separator) else { return (String(self), nil) }
    return (String(self[..<index]), String(self[self.index(after: index)...]))
  }
}
