/// One thing that goes wrong with one call.
///
/// As text `KIND[=CODE][*USERS]`: `drop-after`, `code-before=60013`, `items=70169*3`.
struct Fault: Equatable {
  /// What goes wrong; `words` describes each. `before` and `after` say whether the call has taken
  /// effect when the fault happens.
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
    case pretend
  }

  var kind: Kind
  /// The code in the response; 0 for kinds that have none.
  var code: Int
  /// How many users it affects; 1 for kinds that affect the whole call.
  var users = 1

  /// A fault of this kind with its usual code, for one user.
  init(_ kind: Kind) {
    self.kind = kind
    code = kind.usualCode ?? 0
  }

  /// Whether a response of the endpoint can contain the fault.
  func fits(_ endpoint: Endpoint) -> Bool {
    switch kind {
    case .items, .otherCase, .longID: endpoint.codeList != nil
    case .otherList, .pretend: endpoint.effect == .changes
    case .omitBefore, .omitAfter, .repeated: endpoint.userList != nil
    case .foreign: endpoint.userList != nil || endpoint.codeList != nil
    default: true
    }
  }
}

extension Fault.Kind {
  /// The default code; nil for kinds without one.
  var usualCode: Int? {
    switch self {
    case .codeBefore, .codeAfter: 70500
    case .throttle: Refusal.overRate.code
    case .items: 70169
    case .otherCase, .longID, .otherList: 70402
    default: nil
    }
  }

  /// Whether the fault affects single users, as many as its text says.
  var isOfUsers: Bool { sparesUsers || [.omitAfter, .repeated].contains(self) }

  /// Whether the first users of the call stay unchanged.
  var sparesUsers: Bool { givesUsersCode || [.omitBefore, .pretend].contains(self) }

  /// Whether the response shows that something went wrong.
  var shows: Bool { self != .pretend }

  /// Whether the response gives the first users of the call the fault's code.
  var givesUsersCode: Bool { [.items, .otherCase, .longID, .otherList].contains(self) }

  /// What goes wrong, for the help text.
  var words: String {
    switch self {
    case .dropBefore: "no effect; the connection closes"
    case .dropAfter: "takes effect; the connection closes"
    case .stallBefore: "no effect; no response until the caller hangs up"
    case .stallAfter: "takes effect; no response until the caller hangs up"
    case .badGatewayBefore: "no effect; HTTP 502"
    case .badGatewayAfter: "takes effect; HTTP 502"
    case .codeBefore: "no effect; a code for the whole call (70500)"
    case .codeAfter: "takes effect; a code for the whole call (70500)"
    case .throttle: "no effect; code 60007"
    case .items: "a code (70169) for the first users of the call, which are not changed"
    case .otherCase: "a code (70402) for the first users, not changed; ids in other case"
    case .longID: "a code (70402) for the first users, not changed; ids over 32 bytes"
    case .otherList: "a code (70402) for the first users, not changed; in another list"
    case .garbage: "takes effect; the body is not JSON"
    case .cutLength: "takes effect; half of the body, then the connection closes"
    case .cutJSON: "takes effect; half of the JSON"
    case .omitBefore: "the first users are not changed, and the response omits them"
    case .omitAfter: "takes effect; the response omits the first users"
    case .repeated: "takes effect; the response lists the first users twice"
    case .foreign: "takes effect; the response also lists another user of the app"
    case .pretend:
      "success for the first users, not changed; random only if named"
    }
  }
}

// MARK: - As text

/// An invalid value on the command line; the description says what is valid.
struct BadValue: Error, Equatable, CustomStringConvertible {
  var description: String
}

extension Fault {
  /// Reads `KIND[=CODE][*USERS]`.
  init(_ text: some StringProtocol) throws(BadValue) {
    let (rest, users) = text.cut(at: "*")
    let (name, code) = rest.cut(at: "=")
    guard let kind = Kind(rawValue: name) else {
      let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw BadValue(description: "'\(name)' is not a fault; the faults are \(known)")
    }
    self.init(kind)
    if let code {
      guard kind.usualCode != nil, let number = Int(code), (1...999_999).contains(number) else {
        let withCode = Kind.allCases.filter { $0.usualCode != nil }.map(\.rawValue)
        throw BadValue(
          description: "'=\(code)' cannot follow \(name): a code is 1 to 999999, with "
            + withCode.joined(separator: ", "))
      }
      self.code = number
    }
    if let users {
      guard kind.isOfUsers, let number = Int(users), (1...Service.batchLimit).contains(number)
      else {
        let ofUsers = Kind.allCases.filter(\.isOfUsers).map(\.rawValue).joined(separator: ", ")
        throw BadValue(
          description: "'*\(users)' cannot follow \(name): 1 to 100 users, with \(ofUsers)")
      }
      self.users = number
    }
  }
}

extension StringProtocol {
  /// The text before the last `separator`, and the text after it; nil if there is none.
  func cut(at separator: Character) -> (before: String, after: String?) {
    guard let index = lastIndex(of: separator) else { return (String(self), nil) }
    return (String(self[..<index]), String(self[self.index(after: index)...]))
  }
}
