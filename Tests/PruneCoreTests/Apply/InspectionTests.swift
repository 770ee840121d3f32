import PruneCore
import Simulation
import Testing

/// A refresh against answers that a service may or may never give.
@Suite struct InspectionTests {
  private let tags =
    #"{"ErrorCode":0,"UserTags":[{"To_Account":"c_1","Tags":["x"]},"#
    + #"{"To_Account":"c_2","Tags":[]}]}"#
  private let accounts =
    #"{"ErrorCode":0,"ResultItem":["#
    + #"{"UserID":"r_1","ResultCode":0,"AccountStatus":"Imported"},"#
    + #"{"UserID":"r_2","ResultCode":0,"AccountStatus":"NotImported"}]}"#

  /// What is found of c_1, c_2, r_1 and r_2 with these answers, after the check of access.
  private func refresh(
    tags: String? = nil, accounts: String
  ) throws -> (result: RunResult, findings: [Finding]) {
    try refresh(tags: tags, accounts: [accounts])
  }

  /// The last of the answers about accounts is repeated.
  private func refresh(
    tags: String? = nil, accounts: [String]? = nil
  ) throws -> (result: RunResult, findings: [Finding]) {
    var accounts = accounts ?? [self.accounts]
    let world = try Simulation(
      simulatedManifest(removals: ["r_1", "r_2"], clears: ["c_1", "c_2"]))
    var isFirst = true
    let (result, inspection, records) = try world.refresh { call, ids in
      if isFirst {
        isFirst = false
        return .usual(.checkAccounts, ids[0])
      }
      switch call {
      case .checkAccounts:
        return .json(accounts.count > 1 ? accounts.removeFirst() : accounts[0])
      case .readTags: return .json(tags ?? self.tags)
      case .clearTags, .deleteAccounts, .addTags: throw Breach(.end, "a refresh changes a user")
      }
    }
    #expect(records.isEmpty)
    return (result, inspection.findings)
  }

  @Test func `each user gets what the service says of it`() throws {
    let (result, findings) = try refresh()
    #expect(result.stop == nil)
    #expect(findings == [.tags(1), .tags(0), .exists, .absent])
  }

  @Test func `a user of whom the service says nothing usable is not read`() throws {
    let contradictory =
      #"{"ErrorCode":0,"ResultItem":["#
      + #"{"UserID":"r_1","ResultCode":0,"AccountStatus":"Imported"},"#
      + #"{"UserID":"r_1","ResultCode":0,"AccountStatus":"NotImported"},"#
      + #"{"UserID":"R_2","ResultCode":0,"AccountStatus":"Imported"}]}"#
    let (result, findings) = try refresh(accounts: contradictory)
    #expect(result.stop == nil)
    #expect(
      findings == [.tags(1), .tags(0), .unread(.noResponse), .unread(.noResponse)])
  }

  @Test func `a refused user is not read, and the code is the reason`() throws {
    let refused =
      #"{"ErrorCode":0,"ResultItem":[{"UserID":"r_1","ResultCode":70402},"#
      + #"{"UserID":"r_2","ResultCode":0,"AccountStatus":"Imported"}]}"#
    let (_, findings) = try refresh(accounts: refused)
    #expect(findings.suffix(2) == [.unread(.refused(ServiceCode(70402))), .exists])
  }

  @Test func `tags that the app may not read leave the accounts readable`() throws {
    let (result, findings) = try refresh(tags: #"{"ErrorCode":90045}"#)
    let refused = Finding.unread(.refused(ServiceCode(90045)))
    #expect(result.stop == nil)
    #expect(findings == [refused, refused, .exists, .absent])
  }

  @Test(arguments: [#"{"ErrorCode":0}"#, #"{"ErrorCode":70500}"#, "{}", "[]", ""])
  func `an answer without users leaves them unread, whatever its code`(body: String) throws {
    let (result, findings) = try refresh(tags: body, accounts: body)
    #expect(result.stop == nil)
    #expect(
      findings.allSatisfy {
        if case .unread(let reason) = $0 { reason != .notReached } else { false }
      })
  }

  @Test func `an answer to the other kind of call says nothing`() throws {
    let (_, findings) = try refresh(tags: accounts, accounts: tags)
    #expect(findings == Array(repeating: .unread(.noResponse), count: 4))
    let swapped =
      #"{"ErrorCode":0,"UserTags":[{"To_Account":"r_1","Tags":[]},{"To_Account":"r_2","Tags":["x"]}]}"#
    let (_, others) = try refresh(accounts: swapped)
    #expect(others.suffix(2) == [.unread(.noResponse), .unread(.noResponse)])
  }

  @Test func `users left out or refused for the moment are read again`() throws {
    let first =
      #"{"ErrorCode":0,"ResultItem":[{"UserID":"r_1","ResultCode":70169}]}"#
    let (result, findings) = try refresh(accounts: [first, accounts])
    #expect(result.stop == nil)
    #expect(findings == [.tags(1), .tags(0), .exists, .absent])
  }

  @Test func `users whom the service throttles for ever do not hold a refresh for ever`() throws {
    let throttled =
      #"{"ErrorCode":0,"ResultItem":[{"UserID":"r_1","ResultCode":60007},"#
      + #"{"UserID":"r_2","ResultCode":0,"AccountStatus":"Imported"}]}"#
    let (_, findings) = try refresh(accounts: throttled)
    #expect(findings.suffix(2) == [.unread(.throttled), .exists])
  }
}
