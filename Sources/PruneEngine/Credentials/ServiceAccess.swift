package import PruneCore

/// Where calls for an app go and what signs them, according to manifest and environment
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

  /// A notice during the search for credentials.
  package enum Notice: Equatable, Sendable {
    /// The key itself, only for masking it in logs. It precedes any use of the key.
    case key(String)
    /// A warning about the credentials that does not prevent their use.
    case warning(String)
  }

  /// Why no calls can be made for an app.
  package enum Failure: Error, Equatable, Sendable {
    /// The manifest's address is unusable.
    case noEndpoint
    /// This address gets no signature; `allowed` is the value of `IMPRUNE_ALLOW_HOST`.
    case hostNotAllowed(Endpoint, allowed: String?)
    case credentials(CredentialsError)
  }

  /// Both; throws if either is missing.
  package func service() throws(Failure) -> Applier.Service {
    let endpoint = try endpoint()
    guard let credentials = try credentials() else { throw .credentials(.missing) }
    return Applier.Service(endpoint: endpoint, credentials: credentials)
  }

  /// Both; nil if there are no credentials, whatever the address.
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

  /// The credentials, or nil if there are none; given ones must be usable.
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
