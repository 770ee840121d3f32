import PruneCore

/// What any call shows.
extension Check {
  static var connection: [Check] {
    [
      Check(
        "keep_alive", "Does a connection serve a second call?", .documented("kept"),
        or: ["closed"]
      ) { (interview) throws(NoAnswer) in
        _ = try interview.call(interview.greeting)
        let (_, reply) = try interview.call(interview.greeting)
        return .seen(reply.reusedConnection ? "kept" : "closed")
      },
      Check(
        "date", "Does a response have the header Date?", .assumed("present"), or: ["absent"]
      ) { (interview) throws(NoAnswer) in
        let (_, reply) = try interview.call(interview.greeting)
        guard let text = reply.date else { return .seen("absent") }
        guard let date = Timestamp(httpDate: text) else { return .other("an unreadable date") }
        let ahead = date.seconds(since: Timestamp(seconds: interview.link.seconds))
        return .seen("present", detail: "\(ahead) s ahead of this machine's clock")
      },
      Check(
        "http_version", "Which version of HTTP does the service choose?", .documented("1.1"),
        or: ["2", "1.0"]
      ) { (interview) throws(NoAnswer) in
        var call = interview.greeting
        call.offersHTTP2 = true
        let (_, reply) = try interview.call(call)
        let isNamed = ["1.1", "2", "1.0"].contains(reply.version)
        return isNamed ? .seen(reply.version) : .other("HTTP/\(reply.version)")
      },
      Check(
        "stored_deflate", "Is a UserSig accepted that is not compressed?", .assumed("accepted"),
        or: ["refused"]
      ) { (interview) throws(NoAnswer) in
        guard interview.link.canSign else {
          return .notSeen("a signature was given, and not the key")
        }
        var call = interview.greeting
        call.isStored = true
        let signatureCodes: ClosedRange<Int32> = 70001...70051
        let answer = try interview.answer(call) { signatureCodes.contains($0.number) }
        if answer.code.number == 0 { return .seen("accepted") }
        return signatureCodes.contains(answer.code.number)
          ? .seen("refused", detail: "code \(answer.code)") : .other("code \(answer.code)")
      },
    ]
  }
}

extension Interview {
  /// A call that changes nothing and names a user of ours who does not exist.
  var greeting: ContractCall { ContractCall(.checkAccounts, Array(strangers.prefix(1))) }
}
