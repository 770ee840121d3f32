import PruneCore
import TestSupport
import Testing

/// Keys and values of the sections: unknown, missing, repeated, of the wrong kind.
@Suite struct ManifestKeyTests {
  // MARK: - Keys

  @Test func `an unknown key is an error at every level and suggests the nearest key`() {
    expectProblems(
      """
      version: 1
      1️⃣user: []
      app:
        sdk_app_id: 1400000000
        region: china
        2️⃣editon: pro
        edition: trial
      guards:
        3️⃣max_removal: 7
      expect: {4️⃣clear: 1}
      users:
        - 5️⃣acount: absent
          id: a
          account: absent
        - {id: b, account: absent, 6️⃣colour: red}
      """,
      .error("1️⃣", "Unknown key", "`user` is not a key of the manifest. Did you mean `users`?"),
      .error("2️⃣", "Unknown key", "`editon` is not a key of `app`. Did you mean `edition`?"),
      .error("3️⃣", "Unknown key", "Did you mean `max_removals`?"),
      .error("4️⃣", "Unknown key", "`clear` is not a key of `expect`. Did you mean `clears`?"),
      .error("5️⃣", "Unknown key", "`acount` is not a key of an entry. Did you mean `account`?"),
      .error("6️⃣", "Unknown key", "Known keys are `id`, `account`, `tags`"))
  }

  @Test func `the value of an unknown key is skipped`() {
    expectProblems(
      manifest(with: "1️⃣extra: {a: [1, {b: *c}], d: !!str x}"),
      .error("1️⃣", "Unknown key", "`extra`"))
  }

  @Test func `keys are compared byte for byte`() {
    expectProblems(
      manifest(with: "1️⃣Guards: {}\n2️⃣\"expect \": {}\n3️⃣\u{FF45}xpect: {}"),
      .error("1️⃣", "Unknown key", "Did you mean `guards`?"),
      .error("2️⃣", "Unknown key", "Did you mean `expect`?"),
      .error("3️⃣", "Unknown key", "expect"))
  }

  @Test func `a repeated key is an error at every level`() {
    expectProblems(
      """
      version: 1
      1️⃣version: 1
      app: {sdk_app_id: 1, region: china, 2️⃣region: india, edition: trial}
      guards: {max_clears: 1, 3️⃣max_clears: 2}
      expect: {clears: 0, 4️⃣"clears": 0}
      users:
        - {id: a, 5️⃣id: b, account: absent, 6️⃣account: absent}
      7️⃣users: [{id: c, account: absent}]
      """,
      .error("1️⃣", "Duplicate key", "`version` is already set"),
      .error("2️⃣", "Duplicate key", "`region`"), .error("3️⃣", "Duplicate key", "`max_clears`"),
      .error("4️⃣", "Duplicate key", "`clears`"), .error("5️⃣", "Duplicate key", "`id`"),
      .error("6️⃣", "Duplicate key", "`account`"), .error("7️⃣", "Duplicate key", "`users`"))
  }

  @Test func `a key that is not a plain word is an error`() {
    expectProblems(
      manifest(with: "1️⃣[a, b]: 1\n? 2️⃣{c: d}\n: 2\n3️⃣<<: {}\n4️⃣!!str expect: {clears: 0}"),
      .error("1️⃣", "Invalid key", "plain word"), .error("2️⃣", "Invalid key", "plain word"),
      .error("3️⃣", "Unknown key", "`<<`"), .error("4️⃣", "Tag not supported", "Remove"))
  }

  @Test func `a missing key is named with a hint`() {
    expectProblems(
      "1️⃣users: [{id: a, account: absent}]\napp: 2️⃣{admin: a}\n",
      .error("1️⃣", "Missing key", "The manifest needs `version`. Add `version: 1`."),
      .error("2️⃣", "Missing key", "`app` needs `sdk_app_id`. The console shows it as SDKAppID"),
      .error(
        "2️⃣", "Missing key", "`app` needs `edition`. The console shows it and calls it the plan"),
      .error("2️⃣", "Missing key", "`app` needs `region`. It is the app's data center"))
    expectProblems(
      "1️⃣version: 1\n", .error("1️⃣", "Missing key", "needs `app`"),
      .error("1️⃣", "Missing key", "needs `users`"))
  }

  // MARK: - Kinds

  @Test func `a value of the wrong kind is an error for every key`() {
    expectProblems(
      """
      version: 1️⃣[1]
      app: 2️⃣singapore
      guards: 3️⃣[]
      expect: 4️⃣5
      users: 5️⃣{id: a}
      """,
      .error("1️⃣", "Wrong type", "`version` must be a single value"),
      .error("2️⃣", "Wrong type", "`app` must be a mapping"),
      .error("3️⃣", "Wrong type", "`guards` must be a mapping"),
      .error("4️⃣", "Wrong type", "`expect` must be a mapping"),
      .error("5️⃣", "Wrong type", "`users` must be a list"))
    expectProblems(
      """
      version: 1
      app:
        sdk_app_id: 1️⃣[1]
        region: 2️⃣{a: b}
        admin: 3️⃣[a]
        edition: 4️⃣[]
        enabled: 5️⃣tag_push
        tags_api: 6️⃣{}
      guards:
        max_removals: 7️⃣[5]
        protected: 8️⃣ops
      expect: {removals: 9️⃣{}}
      users: [{id: a, account: absent}]
      """,
      .error("1️⃣", "Wrong type", "`sdk_app_id` must be a single value"),
      .error("2️⃣", "Wrong type", "`region` must be a single value"),
      .error("3️⃣", "Wrong type", "`admin` must be one id"),
      .error("4️⃣", "Wrong type", "`edition` must be a single value"),
      .error("5️⃣", "Wrong type", "`enabled` must be a list"),
      .error("6️⃣", "Wrong type", "`tags_api` must be a single value"),
      .error("7️⃣", "Wrong type", "`max_removals` must be a single value"),
      .error("8️⃣", "Wrong type", "`protected` must be a list, such as `[ops_bot, \"svc_*\"]`"),
      .error("9️⃣", "Wrong type", "`removals` must be a single value"))
    expectProblems(
      head + """
        users:
          - 1️⃣bob
          - 2️⃣[a]
          - {id: 3️⃣[a], account: absent}
          - {ids: 4️⃣a, account: absent}
          - {ids: [5️⃣[a], b], account: absent}
          - {ids_from: 6️⃣[f], account: absent}
          - {id: a, account: 7️⃣[absent]}
          - {id: b, tags: 8️⃣vip}
          - {id: c, account: absent, reason: 9️⃣[x]}
        """,
      .error("1️⃣", "Wrong type", "An entry of `users` must be a mapping"),
      .error("2️⃣", "Wrong type", "An entry of `users` must be a mapping"),
      .error("3️⃣", "Wrong type", "`id` must be one id"),
      .error("4️⃣", "Wrong type", "`ids` must be a list"),
      .error("5️⃣", "Wrong type", "An item of `ids` must be one id"),
      .error("6️⃣", "Wrong type", "`ids_from` must be a path, or a mapping of `path` and `column`"),
      .error("7️⃣", "Wrong type", "`account` must be a single value"),
      .error("8️⃣", "Wrong type", "`tags` must be a list"),
      .error("9️⃣", "Wrong type", "`reason` must be a single value"))
  }

  @Test func `a section without a value is an error`() {
    expectProblems(
      "version: 1\napp:1️⃣\nguards:2️⃣\nexpect:3️⃣\nusers:4️⃣\n",
      .error("1️⃣", "Wrong type", "`app`"), .error("2️⃣", "Wrong type", "`guards`"),
      .error("3️⃣", "Wrong type", "`expect`"), .error("4️⃣", "Wrong type", "`users`"))
  }

  @Test func `aliases are refused everywhere`() {
    expectProblems(
      """
      version: 1
      app: &app {sdk_app_id: 1, region: china, edition: trial, admin: 1️⃣*a, enabled: [2️⃣*a]}
      guards: 3️⃣*app
      users:
        - 4️⃣*app
        - {id: 5️⃣*a, account: 6️⃣*a}
        - {ids: [7️⃣*a], tags: 8️⃣*a}
      9️⃣*a : 1
      """,
      .error("1️⃣", "Alias not supported", "quote it"),
      .error("2️⃣", "Alias not supported", "quote it"),
      .error("3️⃣", "Alias not supported", "quote it"),
      .error("4️⃣", "Alias not supported", "quote it"),
      .error("5️⃣", "Alias not supported", "quote it"),
      .error("6️⃣", "Alias not supported", "quote it"),
      .error("7️⃣", "Alias not supported", "quote it"),
      .error("8️⃣", "Alias not supported", "quote it"),
      .error("9️⃣", "Alias not supported", "quote it"))
  }

  @Test func `YAML tags are refused everywhere`() {
    expectProblems(
      """
      version: 1️⃣!!int 1
      app: 2️⃣!!map {sdk_app_id: 3, region: china, edition: trial}
      guards: {max_clears: 3️⃣!!int "5", protected: 4️⃣!!seq [a]}
      users:
        - {id: 5️⃣!!str a, account: absent}
        - {id: 6️⃣!!binary YQ==, account: absent}
        - {id: 7️⃣!foo a, account: absent}
        - {id: 8️⃣! a, account: absent}
        - 9️⃣!entry {id: b, account: absent}
      """,
      .error("1️⃣", "Tag not supported", "Remove"), .error("2️⃣", "Tag not supported", "Remove"),
      .error("3️⃣", "Tag not supported", "Remove"), .error("4️⃣", "Tag not supported", "Remove"),
      .error("5️⃣", "Tag not supported", "quote"), .error("6️⃣", "Tag not supported", "quote"),
      .error("7️⃣", "Tag not supported", "quote"), .error("8️⃣", "Tag not supported", "quote"),
      .error("9️⃣", "Tag not supported", "quote"))
  }

  @Test func `a tagged document or an alias as a document is refused`() {
    expectProblems("1️⃣!!map {version: 1}\n", .error("1️⃣", "Tag not supported", ""))
    expectProblems("1️⃣*a\n", .error("1️⃣", "Alias not supported", ""))
  }

  // MARK: - Values

  @Test(arguments: ["2", "0", "1.0", "one", "", "null"])
  func `another version is refused`(value: String) {
    expectProblems(
      "version: 1️⃣\(value.isEmpty ? "''" : value)\n"
        + head.split(separator: "\n").dropFirst().joined(separator: "\n")
        + "\nusers: [{id: a, account: absent}]",
      .error("1️⃣", "Unsupported version", "reads version 1"))
  }

  @Test(arguments: [
    "0", "-1", "+1", "01", "1.0", "1e9", "1_400", "0x10", "4294967296", "99999999999999999999",
    "'1400000000'", "app", "~", "\"\"",
  ])
  func `an app id is a plain whole number`(value: String) {
    expectProblems(
      manifest(app: "sdk_app_id: 1️⃣\(value), region: china, edition: trial"),
      .error("1️⃣", "Invalid value", "it must be a whole number from 1 to 4294967295"))
  }

  @Test(arguments: ["0", "1", "100", "1000000000"])
  func `a guard's number is read`(value: String) throws {
    let manifest = try expectManifest(
      manifest(with: "guards: {max_removals: \(value), max_clears: \(value)}"))
    #expect(manifest.guards.maxRemovals == Int(value))
    #expect(manifest.guards.maxClears == Int(value))
  }

  @Test(arguments: [
    "-1", "+5", "007", "1.0", "1e3", "1_000", "1000000001", "99999999999999999999999", "ten",
    "'5'", "0x10", "~", "100%",
  ])
  func `a number of guards or expect must be a plain whole number`(value: String) {
    expectProblems(
      manifest(
        with: """
          guards: {max_removals: 1️⃣\(value), max_clears: 2️⃣\(value), max_new_removals: 3️⃣\(value)}
          expect: {removals: 4️⃣\(value), clears: 5️⃣\(value)}
          """),
      .error("1️⃣", "Invalid value", "`max_removals` is"),
      .error("2️⃣", "Invalid value", "`max_clears` is"),
      .error("3️⃣", "Invalid value", "`max_new_removals` is"),
      .error("4️⃣", "Invalid value", "`removals` is"),
      .error("5️⃣", "Invalid value", "must be a whole number from 0 to 1000000000"))
  }

  @Test func `an unknown word is an error and suggests the nearest one`() {
    expectProblems(
      manifest(
        app: "sdk_app_id: 1, region: 1️⃣singapor, edition: 2️⃣gold, enabled: [3️⃣tagpush, 4️⃣all], "
          + "tags_api: 5️⃣push"),
      .error("1️⃣", "Invalid value", "Did you mean `singapore`?"),
      .error("2️⃣", "Invalid value", "must be one of `trial`, `developer`, `standard`"),
      .error("3️⃣", "Invalid value", "Did you mean `tag_push`?"),
      .error("4️⃣", "Invalid value", "must be one of `account_deletion`, `tag_push`"),
      .error("5️⃣", "Invalid value", "must be one of `all_member_push`, `timpush`"))
    expectProblems(
      manifest(app: "sdk_app_id: 1, region: 1️⃣China, edition: 2️⃣Trial"),
      .error("1️⃣", "Invalid value", "Did you mean `china`?"),
      .error("2️⃣", "Invalid value", "Did you mean `trial`?"))
  }

  @Test func `region and endpoint exclude one another`() {
    expectProblems(
      "version: 1\napp: 1️⃣{sdk_app_id: 1, edition: trial, region: china, endpoint: 'https://a.b'}\n"
        + "users: [{id: a, account: absent}]\n",
      .error("1️⃣", "Two locations", "not both"))
  }

  // MARK: - Endpoints

  @Test(arguments: [
    ("https://adminapisgp.im.qcloud.com", false), ("https://Host.Example:8443", false),
    ("https://host/", false), ("https://10.0.0.1", false), ("https://[2001:db8::1]:443", false),
    ("https://localhost", true), ("http://localhost:8080", true), ("http://127.0.0.1", true),
    ("http://127.255.0.9:1", true), ("http://[::1]:65535", true), ("http://LOCALHOST", true),
  ])
  func `an endpoint is https, or http to this machine`(text: String, isLoopback: Bool) throws {
    let manifest = try expectManifest(
      manifest(app: "sdk_app_id: 1, edition: trial, endpoint: '\(text)'"))
    let endpoint = try #require(manifest.app.location.endpoint)
    #expect(endpoint.isLoopback == isLoopback)
    #expect(ServiceKind(endpoint) == (isLoopback ? .loopback : .live))
    // Writing an endpoint and reading it gives the same endpoint.
    #expect(Endpoint(endpoint.description) == endpoint)
  }

  @Test(arguments: [
    "host", "ftp://host", "HTTPS://host", "https://", "https:///", "https://:443", "//host",
    "https://host/path", "https://host?query", "https://host#f", "https://user@host",
    "https://user:password@host", "https://host:", "https://host:0", "https://host:65536",
    "https://host:80a", "https://host:+80", "https://ho st", "https://h\u{F6}st", "https://[::1",
    "https://[]", "https://[::1]x", "https://[zz]", "http://host", "http://127.0.0.1.evil.example",
    "http://127.0.0.256", "http://127.1", "http://localhost.evil.example", "http://127.0.0.1@evil",
    "http://0.0.0.0", "http://[::2]", "https://host//", "https:/\u{0301}/host",
  ])
  func `any other endpoint is refused`(text: String) {
    expectProblems(
      manifest(app: "sdk_app_id: 1, edition: trial, endpoint: 1️⃣\"\(text)\""),
      .error("1️⃣", "Invalid endpoint", "plain `http://` is for loopback addresses only"))
  }

  @Test func `every region has its own host over https`() {
    let hosts = Region.allCases.map { Endpoint(region: $0) }
    #expect(Set(hosts.map(\.host)).count == Region.allCases.count)
    #expect(hosts.allSatisfy { $0.isSecure && !$0.isLoopback && Endpoint($0.description) == $0 })
  }
}
