internal import Bytes
package import PruneCore

/// Where a state is in a GitLab: `gitlab://host/project/name`, with the project's number.
package struct GitLabAddress: Equatable, Sendable {
  package let endpoint: Endpoint
  /// Its number, or its path, percent-encoded.
  package let project: String
  package let name: String

  /// The beginning of such an address.
  package static let scheme = "gitlab://"
  /// The end of a log's name. GitLab before 16 cuts a name at its dot, so that an entry of `users.log`
  /// would become a version of the state `users`.
  private static let logEnding = "-log"

  /// Reads an address; throws what is wrong with it.
  package init(_ text: String) throws(SharedStoreError) {
    let parts = text.dropFirst(Self.scheme.count).split(
      separator: "/", omittingEmptySubsequences: false)
    guard text.hasPrefix(Self.scheme), parts.count == 3, let endpoint = Self.endpoint(parts[0]),
      Self.isProject(parts[1])
    else {
      throw .unsuitable(
        "\(text) is not an address in GitLab: write gitlab://HOST/PROJECT/NAME, with the number of "
          + "the project that its page Settings > General shows.")
    }
    guard Self.isName(parts[2]) else {
      throw .unsuitable(
        "\(text) is not an address in GitLab: the name of the state has 1 to 200 letters, digits, "
          + "hyphens and underscores, and does not end with \(Self.logEnding).")
    }
    self.endpoint = endpoint
    project = String(parts[1])
    name = String(parts[2])
  }

  private static func endpoint(_ host: Substring) -> Endpoint? {
    guard let endpoint = Endpoint("https://\(host)") else { return nil }
    return endpoint.isLoopback ? Endpoint("http://\(host)") : endpoint
  }

  private static func isProject(_ text: Substring) -> Bool {
    guard (1...255).contains(text.utf8.count) else { return false }
    if text.utf8.allSatisfy(\.isDigit) { return text.first != "0" && text.utf8.count < 19 }
    let names = text.split(separator: "%2F", omittingEmptySubsequences: false)
    return names.count > 1
      && names.allSatisfy { name in
        name.utf8.first.map { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") } == true
          && name.utf8.allSatisfy { $0.isLetterOrDigit || "-_.".utf8.contains($0) }
      }
  }

  private static func isName(_ text: Substring) -> Bool {
    (1...200).contains(text.utf8.count) && text.utf8.first?.isLetterOrDigit == true
      && text.utf8.allSatisfy { $0.isLetterOrDigit || "-_".utf8.contains($0) }
      && !text.hasSuffix(logEnding)
  }

  // MARK: - URLs

  var logName: String { name + Self.logEnding }

  var state: String { url(of: name) }
  var log: String { url(of: logName) }
  func entry(_ index: LogIndex) -> String { "\(log)/versions/\(index.number)" }

  private func url(of name: String) -> String {
    "\(endpoint)/api/v4/projects/\(project)/terraform/state/\(name)"
  }
}

extension GitLabAddress: CustomStringConvertible {
  package var description: String {
    let host = endpoint.description.drop { $0 != ":" }.dropFirst(3)
    return "\(Self.scheme)\(host)/\(project)/\(name)"
  }
}
