/// The IM app of a manifest, and its known features.
package struct App: Equatable, Sendable {
  package var id: SDKAppID
  package var location: Location
  /// The app admin in whose name calls are made.
  package var admin: UserID
  package var edition: Edition
  /// Features enabled for the app in addition to its edition.
  package var enabled: Set<Capability>
  package var tagsAPI: TagsAPI

  package init(
    id: SDKAppID, location: Location, admin: UserID, edition: Edition,
    enabled: Set<Capability> = [], tagsAPI: TagsAPI = .allMemberPush
  ) {
    self.id = id
    self.location = location
    self.admin = admin
    self.edition = edition
    self.enabled = enabled
    self.tagsAPI = tagsAPI
  }

  /// The kind of service at the location; nil if no call can go there.
  package var service: ServiceKind? { location.endpoint.map(ServiceKind.init) }
}

/// The app's number in the console.
package struct SDKAppID: Hashable, Sendable, CustomStringConvertible {
  package let number: UInt32

  package init?(_ number: UInt32) {
    guard number > 0 else { return nil }
    self.number = number
  }

  package var description: String { String(number) }
}

/// The address of the app's REST API.
package enum Location: Equatable, Sendable {
  case region(Region)
  /// A base URL such as `https://host` or `http://127.0.0.1:8080`, without path or query.
  case endpoint(String)
}

/// The data centers and their primary hosts, as the REST API documentation lists them.
package enum Region: String, CaseIterable, Sendable {
  case china
  case singapore
  case seoul
  case tokyo
  case frankfurt
  case siliconValley = "silicon_valley"
  case jakarta
  case india
  /// Documented only for timpush/webpush (trtc.io/ja/document/80440).
  case riyadh

  package var host: String {
    switch self {
    case .china: "console.tim.qq.com"
    case .singapore: "adminapisgp.im.qcloud.com"
    case .seoul: "adminapikr.im.qcloud.com"
    case .tokyo: "adminapijpn.im.qcloud.com"
    case .frankfurt: "adminapiger.im.qcloud.com"
    case .siliconValley: "adminapiusa.im.qcloud.com"
    case .jakarta: "adminapiidn.im.qcloud.com"
    case .india: "adminapiind.im.qcloud.com"
    case .riyadh: "adminapiksa.im.qcloud.com"
    }
  }
}

/// The plan edition that the console shows for the app.
package enum Edition: String, CaseIterable, Sendable {
  case trial
  case developer
  case standard
  case pro
  case proPlus = "pro_plus"
  case ultimate
  case enterprise

  /// Other names of editions: the international console calls the developer edition Free Trial
  /// (tencentcloud.com/document/product/1047/34955).
  package static let otherNames: KeyValuePairs<String, Edition> = ["free_trial": .developer]

  /// Every name of an edition.
  package static var names: [String] { allCases.map(\.rawValue) + otherNames.map(\.key) }

  /// Accepts an edition by any of its names.
  package init?(name: String) {
    guard
      let edition = Edition(rawValue: name)
        ?? Self.otherNames.first(where: { $0.key == name })?.value
    else { return nil }
    self = edition
  }
}

/// Features enabled in the console or by ticket (docs/service.md, "Editions").
package enum Capability: String, CaseIterable, Sendable {
  /// Without it only `trial` and `developer` apps can remove accounts (71000).
  case accountDeletion = "account_deletion"
  /// Without it tags cannot be cleared (90045).
  case tagPush = "tag_push"
}

/// The family of tag calls in use (docs/service.md, "Tags").
package enum TagsAPI: String, CaseIterable, Sendable {
  case allMemberPush = "all_member_push"
  case timpush
}
