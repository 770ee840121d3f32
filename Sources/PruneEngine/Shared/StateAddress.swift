import PruneCore

/// Where a state is, as an option says it.
package enum StateAddress: Equatable, Sendable {
  case file(String)
  case s3(S3Address)
  case gitlab(GitLabAddress)

  /// Throws for an address that begins like one of a store and cannot be read.
  package init(_ text: String) throws(SharedStoreError) {
    if text.hasPrefix(S3Address.scheme) {
      self = .s3(try S3Address(text))
    } else if text.hasPrefix(GitLabAddress.scheme) {
      self = .gitlab(try GitLabAddress(text))
    } else {
      self = .file(text)
    }
  }

  /// Whether a text is the address of a shared state, readable or not.
  package static func isShared(_ text: String) -> Bool {
    text.hasPrefix(S3Address.scheme) || text.hasPrefix(GitLabAddress.scheme)
  }
}

extension SharedState {
  /// The state at an address, with credentials from the environment and a scratch folder that only this
  /// user can read; nil for a file.
  package static func open(
    _ text: String, _ environment: RunEnvironment, version: String
  ) throws(SharedStoreError) -> SharedState? {
    let address = try StateAddress(text)
    if case .file = address { return nil }
    let folder = try attempt(PrivateFolder(), orThrow: SharedStoreError.disk)
    let copy = folder.path + "/state"
    let disk = RealDisk()
    let store: any SharedStore
    switch address {
    case .file: return nil
    case .s3(let place):
      store = try S3Store(
        place, try S3Store.Access(environment, version: version), .real)
    case .gitlab(let place):
      store = try GitLabStore(
        place, try GitLabStore.Access(environment, version: version), .real,
        draft: copy + ".upload", on: disk)
    }
    let state = SharedState(store, copyAt: copy, on: disk, .real, folder: folder)
    state.watchSignals()
    return state
  }
}

extension S3Store.Access {
  /// What the environment says, in the variables that the tools of AWS read.
  init(_ environment: RunEnvironment, version: String) throws(SharedStoreError) {
    guard let id = environment.variable("AWS_ACCESS_KEY_ID"),
      let key = environment.variable("AWS_SECRET_ACCESS_KEY")
    else {
      throw .unsuitable(
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN for temporary "
          + "credentials. imprune reads no other source of credentials.")
    }
    let token = environment.variable("AWS_SESSION_TOKEN")
    for (name, value) in [
      ("ACCESS_KEY_ID", id), ("SECRET_ACCESS_KEY", key), ("SESSION_TOKEN", token),
    ]
    where value?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) == false {
      throw .unsuitable(
        "AWS_\(name) has a blank, a line break or another character that cannot be in it. Was it copied "
          + "with more than the value?")
    }
    // AWS gives such identifiers to temporary credentials only.
    if id.hasPrefix("ASIA"), token == nil {
      throw .unsuitable(
        "AWS_ACCESS_KEY_ID belongs to temporary credentials, but AWS_SESSION_TOKEN is not set. Set it."
      )
    }
    self.init(
      accessKeyID: id, secretKey: Secret(key), sessionToken: token.map { Secret($0) },
      region: environment.variable("AWS_REGION") ?? environment.variable("AWS_DEFAULT_REGION"),
      endpoint: environment.variable("AWS_ENDPOINT_URL_S3")
        ?? environment.variable("AWS_ENDPOINT_URL"),
      caFile: environment.variable("AWS_CA_BUNDLE"), version: version)
  }
}

extension GitLabStore.Access {
  /// What the environment says, in the variables that Terraform reads for such a state; the
  /// certificates are those that GitLab names in its jobs.
  init(_ environment: RunEnvironment, version: String) throws(SharedStoreError) {
    guard let username = environment.variable("TF_HTTP_USERNAME"),
      let password = environment.variable("TF_HTTP_PASSWORD")
    else {
      throw .unsuitable(
        "Set TF_HTTP_USERNAME and TF_HTTP_PASSWORD to the name of a user and an access token with the "
          + "scope api; in a job of GitLab, to gitlab-ci-token and $CI_JOB_TOKEN.")
    }
    self.init(
      username: username, password: Secret(password),
      caFile: environment.variable("CI_SERVER_TLS_CA_FILE"), version: version)
  }
}
