internal import Bytes
internal import YAML

/// The `app` section.
extension ManifestReader {
  private enum AppKey: String, CaseIterable {
    case id = "sdk_app_id"
    case region
    case endpoint
    case admin
    case edition
    case enabled
    case tagsAPI = "tags_api"

    var rule: Rule {
      switch self {
      case .id: .appID
      case .region: .region
      case .endpoint: .endpoint
      case .admin: .admin
      case .edition: .edition
      case .enabled: .enabled
      case .tagsAPI: .tagsAPI
      }
    }
  }
  private static var appKeys: KeyTable<AppKey> { KeyTable("`app`") }

  /// Reads the section; nil, with the problems noted, unless it is complete.
  mutating func readApp(_ event: YAMLParser.Event) throws(YAMLError) -> App? {
    let start = parser.mark
    var id: SDKAppID?
    var region: Region?
    var endpoint: String?
    var admin = UserID("administrator")
    var edition: Edition?
    var enabled: Set<Capability> = []
    var tagsAPI = TagsAPI.allMemberPush
    let seen = try readMapping(event, "`app`", Self.appKeys) {
      (reader, key, event) throws(YAMLError) in
      reader.notePlace(of: key.rule)
      switch key {
      case .id:
        let number = try reader.readNumber(event, "`sdk_app_id`", 1...Int(UInt32.max))
        id = number.flatMap { SDKAppID(UInt32($0)) }
      case .region: region = try reader.readChoice(event, "`region`")
      case .endpoint: endpoint = try reader.readEndpoint(event)
      case .admin: admin = try reader.readUserID(event, "`admin`")
      case .edition:
        edition = try reader.readChoice(
          event, "`edition`", known: Edition.names, Edition.init(name:))
      case .enabled:
        try reader.readSequence(event, "`enabled`") { (reader, event) throws(YAMLError) in
          let capability: Capability? = try reader.readChoice(event, "An item of `enabled`")
          if let capability { enabled.insert(capability) }
        }
      case .tagsAPI: tagsAPI = try reader.readChoice(event, "`tags_api`") ?? tagsAPI
      }
    }
    guard let seen else { return nil }
    if !seen.contains(.id) {
      add(
        .error, at: start,
        .missingKey("sdk_app_id", in: "`app`", hint: "The console shows it as SDKAppID."))
    }
    if !seen.contains(.edition) {
      add(
        .error, at: start,
        .missingKey("edition", in: "`app`", hint: "The console shows it and calls it the plan."))
    }
    switch (seen.contains(.region), seen.contains(.endpoint)) {
    case (true, true): add(.error, at: start, .regionAndEndpoint)
    case (false, false):
      add(
        .error, at: start,
        .missingKey(
          "region", in: "`app`",
          hint: "It is the app's data center, such as "
            + "`china`."))
    default: break
    }
    guard let id, let admin, let edition,
      let location = region.map(Location.region) ?? endpoint.map(Location.endpoint)
    else { return nil }
    return App(
      id: id, location: location, admin: admin, edition: edition, enabled: enabled,
      tagsAPI: tagsAPI)
  }

  private mutating func readEndpoint(_ event: YAMLParser.Event) throws(YAMLError) -> String? {
    let mark = parser.mark
    guard let text = try readText(event, "`endpoint`") else { return nil }
    guard Endpoint(text) != nil else {
      add(.error, at: mark, .invalidEndpoint(text))
      return nil
    }
    return text
  }
}
