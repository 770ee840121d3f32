package import PruneCore

/// Where calls for an app go and what they are signed with, as manifest and environment say
/// (docs/architecture.md, "Credentials and hosts").
package struct ServiceAccess {
  private let app: App
  private let environment: RunEnvironment
  private let notify: (Notice) -> Void

  package init(
    to app: App, _ environment: RunEnvironment, notify: @escaping (Notice) -> Void
  ) {
    self.app = app
    self.environment = environment
    self.notify = notify
  }

  /// What is said while credentials are looked for.
  package enum Notice: Equatable, Sendable {
    /// The key itself, to be hidden in logs and for nothing else. It comes before any use of the key.
    case key(String)
    /// Something about the credentials that does not forbid their use.
    case warning(String)
  }

  /// Why no calls can be made for an app.
  package enum Failure: Error, Equatable, Sendable {
    /// The manifest's address cannot be used.
    case noEndpoint
    /// No signature goes to this address; `allowed` is what `IMPRUNE_ALLOW_HOST` says.
    case hostNotAllowed(Endpoint, allowed: String?)
    case credentials(CredentialsError)
  }

  /// Both; throws if either is missing.
  package func service() throws(Failure) -> Applier.Service {
    let endpoint = try endpoint()
    guard let credentials = try credentials() else { throw .credentials(.missing) }
    return Applier.Service(endpoint: endpoint, credentials: credentials)
  }

  /// Both; nil if no credentials are given, whatever the address is then.
  package func serviceIfGiven() throws(Failure) -> Applier.Service? {
    guard let credentials = try credentials() else { return nil }
    return Applier.Service(endpoint: try endpoint(), credentials: credentials)
  }

  /// The app's address, if calls may be signed for it.
  private func endpoint() throws(Failure) -> Endpoint {
    guard let endpoint = app.location.endpoint else { throw .noEndpoint }
    let allowed = environment.variable("IMPRUNE_ALLOW_HOST")
    guard HostRules.permits(endpoint, allowed: allowed) else {
      throw .hostNotAllowed(endpoint, allowed: allowed)
    }
    return endpoint
  }

  /// The credentials, or nil if none are given; what is given must be usable.
  private func credentials() throws(Failure) -> Credentials? {
    if let key = Credentials.keyValue(environment.variable) { notify(.key(key)) }
    do throws(CredentialsError) {
      return try Credentials.find(environment.variable) { notify(.warning($0)) }
    } catch {
      if error == .missing { return nil }
      throw .credentials(error)
    }
  }
}
