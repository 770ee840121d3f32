/// Where a state is, as an option says it.
package enum StateAddress: Equatable, Sendable {
  case file(String)
  case s3(S3Address)

  /// Throws for an address that begins like one of a store and cannot be read.
  package init(_ text: String) throws(SharedStoreError) {
    if text.hasPrefix(S3Address.scheme) {
      self = .s3(try S3Address(text))
    } else {
      self = .file(text)
    }
  }

  /// Whether a text is the address of a shared state, readable or not.
  package static func isShared(_ text: String) -> Bool { text.hasPrefix(S3Address.scheme) }
}

extension SharedState {
  /// The state at an address, with credentials from the environment and a scratch folder that only this
  /// user can read; nil for a file.
  package static func open(
    _ text: String, _ environment: RunEnvironment, caFile: String?, version: String
  ) throws(SharedStoreError) -> SharedState? {
    let store: any SharedStore
    switch try StateAddress(text) {
    case .file: return nil
    case .s3(let address):
      store = try S3Store(
        address, try S3Store.Access(environment, caFile: caFile, version: version), .real)
    }
    do throws(SystemError) {
      let folder = try PrivateFolder()
      return SharedState(
        store, copyAt: folder.path + "/state", on: RealDisk(), .real, folder: folder)
    } catch {
      throw .disk(error)
    }
  }
}

extension S3Store.Access {
  /// What the environment says, in the variables that the tools of AWS read.
  init(
    _ environment: RunEnvironment, caFile: String?, version: String
  ) throws(SharedStoreError) {
    guard let id = environment.variable("AWS_ACCESS_KEY_ID"),
      let key = environment.variable("AWS_SECRET_ACCESS_KEY")
    else {
      throw .unsuitable(
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN for temporary "
          + "credentials. imprune reads no other source of credentials.")
    }
    self.init(
      accessKeyID: id, secretKey: Secret(key),
      sessionToken: environment.variable("AWS_SESSION_TOKEN").map { Secret($0) },
      region: environment.variable("AWS_REGION") ?? environment.variable("AWS_DEFAULT_REGION"),
      endpoint: environment.variable("AWS_ENDPOINT_URL_S3")
        ?? environment.variable("AWS_ENDPOINT_URL"),
      caFile: caFile, version: version)
  }
}
