import PruneCore
import TestSupport
import Testing

/// How a complete manifest is read.
@Suite struct ManifestTests {
  /// A manifest with every key.
  static let example = """
    version: 1
    app:
      sdk_app_id: 1400000000
      region: singapore
      admin: ops
      edition: trial
      enabled: [account_deletion, tag_push]
      tags_api: timpush
    guards:
      max_removals: 7
      max_clears: 8
      max_new_removals: 5
      protected: [ops_bot, "svc_*"]
    expect: {removals: 6, clears: 1}
    users:
      - id: xiaojun012
        tags: []
      - id: UserID_1
        account: absent
        reason: GDPR-2231
        revision: 2
      - ids: [a, b, c]
        account: absent
      - ids_from: leavers.txt
        account: absent
        reason: contract ended

    """

  @Test(arguments: [("0%", 0), ("20%", 20), ("'20%'", 20), ("100%", 100)])
  func `a share is read`(text: String, share: Int) throws {
    let example = Self.example.replacing(
      "max_new_removals: 5", with: "max_absent: \(text)")
    let manifest = try expectManifest(example, lists: ["leavers.txt": .text("l1\n")])
    #expect(manifest.guards.maxAbsent == Percentage(share))
  }

  @Test(arguments: [1 << 16, 7, 1])
  func `every key of a manifest is read`(chunkSize: Int) throws {
    let manifest = try expectManifest(
      Self.example, lists: ["leavers.txt": .text("# left in May\nl1\nl2\n")], chunkSize: chunkSize)
    #expect(manifest.app.id.number == 1_400_000_000)
    #expect(manifest.app.location == .region(.singapore))
    #expect(manifest.app.admin == UserID("ops"))
    #expect(manifest.app.edition == .trial)
    #expect(manifest.app.enabled == [.accountDeletion, .tagPush])
    #expect(manifest.app.tagsAPI == .timpush)
    #expect(manifest.guards.maxRemovals == 7)
    #expect(manifest.guards.maxClears == 8)
    #expect(manifest.guards.maxNewRemovals == 5)
    #expect(manifest.guards.protected == [.init("ops_bot"), .init("svc_*")])
    #expect(manifest.expect == Expect(removals: 6, clears: 1))
    #expect(manifest.files == ["imprune.yaml", "leavers.txt"])
    #expect(manifest.count(of: .removeAccount) == 6)
    #expect(manifest.count(of: .clearTags) == 1)
    #expect(
      lines(of: manifest) == [
        "remove-account UserID_1 2 imprune.yaml:18:9 GDPR-2231",
        "remove-account a 1 imprune.yaml:22:11 -",
        "remove-account b 1 imprune.yaml:22:14 -",
        "remove-account c 1 imprune.yaml:22:17 -",
        "remove-account l1 1 leavers.txt:2:1 contract ended",
        "remove-account l2 1 leavers.txt:3:1 contract ended",
        "clear-tags xiaojun012 1 imprune.yaml:16:9 -",
      ])
  }

  @Test func `a missing key has its documented default`() throws {
    let manifest = try expectManifest(manifest(users: "{id: a, account: absent}"))
    #expect(manifest.app.admin == UserID("administrator"))
    #expect(manifest.app.enabled.isEmpty)
    #expect(manifest.app.tagsAPI == .allMemberPush)
    #expect(manifest.guards == GuardSettings())
    #expect(manifest.guards.maxRemovals == 100)
    #expect(manifest.guards.maxClears == 10_000)
    #expect(manifest.guards.maxNewRemovals == nil)
    #expect(manifest.expect == Expect())
  }

  @Test func `entries are sorted by the bytes of the id`() throws {
    let manifest = try expectManifest(
      manifest(users: #"{ids: [b, a10, "é", a9, A, "~", a], tags: []}"#))
    #expect(
      manifest.entries.list.map(\.id.description) == ["A", "a", "a10", "a9", "b", "~", "\u{E9}"])
  }

  @Test func `an entry is 40 bytes and an item of a plan 16`() {
    #expect(MemoryLayout<Entries.Entry>.stride == 40)
    #expect(MemoryLayout<Plan.Item>.stride == 16)
  }

  @Test func `the documented words match the manifest's`() throws {
    for region in [
      "china", "singapore", "seoul", "tokyo", "frankfurt", "silicon_valley", "jakarta", "india",
      "riyadh",
    ] {
      let manifest = try expectManifest(
        manifest(app: "sdk_app_id: 1, region: \(region), edition: pro"))
      #expect(manifest.app.location == Region(rawValue: region).map(Location.region))
    }
    for edition in [
      "trial", "developer", "standard", "pro", "pro_plus", "ultimate", "enterprise",
    ] {
      let manifest = try expectManifest(
        manifest(app: "sdk_app_id: 1, region: china, edition: \(edition)"))
      #expect(manifest.app.edition.rawValue == edition)
    }
    let riyadh = try expectManifest(
      manifest(app: "sdk_app_id: 1, region: riyadh, edition: free_trial"))
    #expect(riyadh.app.location.endpoint?.description == "https://adminapiksa.im.qcloud.com")
    #expect(riyadh.app.edition == .developer)
    #expect(Guards.judge(riyadh).refusals.isEmpty)
  }

  @Test(arguments: ["\r\n", "\n"])
  func `both kinds of line breaks read the same`(end: String) throws {
    let text = Self.example.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: end)
    let manifest = try expectManifest(text, lists: ["leavers.txt": .text("l1\(end)l2\(end)")])
    #expect(
      lines(of: manifest).last == "clear-tags xiaojun012 1 imprune.yaml:16:9 -")
    #expect(manifest.entries.list.count == 7)
  }

  @Test(arguments: [1 << 16, 2, 1])
  func `a byte order mark at the start is not part of the manifest`(chunkSize: Int) throws {
    let lists: [String: ListFixture] = ["leavers.txt": .text("l1\n")]
    #expect(
      try expectManifest("\u{FEFF}" + Self.example, lists: lists, chunkSize: chunkSize)
        == expectManifest(Self.example, lists: lists))
    expectProblems(
      "\u{FEFF}1️⃣vresion: 1\n", chunkSize: chunkSize,
      .error("1️⃣", "Unknown key", "Did you mean `version`?"),
      .error("1️⃣", "Missing key", "`version`"), .error("1️⃣", "Missing key", "`app`"),
      .error("1️⃣", "Missing key", "`users`"))
  }

  @Test func `comments and markers of one document are allowed`() throws {
    _ = try expectManifest(
      "# one\n---\n" + manifest(users: "{id: a, account: absent} # two") + "...\n# three\n")
  }

  /// `OPERATION ID REVISION PLACE REASON`, one entry per line.
  private func lines(of manifest: Manifest) -> [String] {
    let entries = manifest.entries
    return entries.list.map {
      let place = entries.place(of: $0)
      return "\(entries.operation(of: $0).name) \($0.id) \(entries.revision(of: $0)) "
        + "\(manifest.files[Int(place.file)]):\(place.line):\(place.column) "
        + (entries.reason(of: $0) ?? "-")
    }
  }
}
