import TestSupport
import Testing

/// The text of a manifest for a service on this machine.
func manifestText(
  port: Int = 9, app: Int = 1_400_000_000, admin: String = "administrator",
  edition: String = "ultimate", enabled: String = "tag_push, account_deletion",
  guards: String = "{max_removals: 100000}", expect: String = "{}", users: String
) -> String {
  """
  version: 1
  app:
    sdk_app_id: \(app)
    endpoint: http://127.0.0.1:\(port)
    admin: \(admin)
    edition: \(edition)
    enabled: [\(enabled)]
  guards: \(guards)
  expect: \(expect)
  users:
  \(users)

  """
}

/// Ids as the sandbox's `--users` makes them.
func madeIDs(_ numbers: some Sequence<Int>) -> [String] {
  numbers.map { number in
    let digits = String(number)
    return "user_" + String(repeating: "0", count: 7 - digits.count) + digits
  }
}

extension TemporaryWorkspace {
  /// A workspace with the sandboxes' key in its environment.
  static func withKey() throws -> TemporaryWorkspace {
    try TemporaryWorkspace(environment: ["IMPRUNE_SECRET_KEY": Sandbox.key])
  }

  /// Checks that no key and no signature was printed or written, and that every run ended on its
  /// own.
  func expectNoSecrets(
    _ secrets: [String] = [Sandbox.key], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var texts = [("the output", printed)]
    for name in names {
      // Folders and FIFOs contain no text.
      guard let text = try? text(name) else { continue }
      texts.append((name, text))
    }
    for (name, text) in texts {
      for secret in secrets {
        #expect(!text.contains(secret), "\(name) holds a secret", sourceLocation: sourceLocation)
      }
      // A packed UserSig begins with the bytes of zlib's header. The random bytes of an SSH signature may
      // look like one.
      let rest = text.replacing(#/-----BEGIN SSH SIGNATURE-----[^-]*-----END/#, with: "")
      #expect(
        rest.firstMatch(of: /eJ[wxy][A-Za-z0-9*_-]{40,}/) == nil, "\(name) holds a signature",
        sourceLocation: sourceLocation)
      #expect(!text.contains("usersig="), "\(name) holds a query", sourceLocation: sourceLocation)
    }
  }

  /// The done revision and outcome of each record of a state, as `state list` and the file have
  /// them, for comparing the results of two runs.
  func doneRecords(_ name: String = "imprune.state") throws -> [String] {
    let columns = try text(name).split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false)
    }
    return columns.filter { $0.count == 10 }.map { columns in
      ([columns[0], columns[1], columns[2], columns[3], columns[7]]).joined(separator: " ")
    }
  }
}
