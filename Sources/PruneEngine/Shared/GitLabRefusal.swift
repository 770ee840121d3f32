internal import Bytes
import HTTP
import JSON
import PruneCore

/// Why a GitLab has not done what was asked.
struct GitLabRefusal {
  private let status: Int
  /// GitLab's own words, if they are short and plain; empty otherwise.
  private let words: String
  /// Whether the words are in the form of GitLab's interface.
  private let isFromInterface: Bool
  private let after: Interval?

  init(_ response: Response) {
    status = response.status
    let message = Self.message(response.body)
    isFromInterface = message != nil
    words = Self.plain(message ?? String(decoding: response.body.prefix(1024), as: UTF8.self))
    after = response.retryAfter
  }

  /// Whether the state, or the version of it, does not exist, while the project does. A server that is
  /// no GitLab, or shows no such project, must not look like an empty one.
  var isMissing: Bool { status == 404 && saysNotFound && !isOfProject }

  private var saysNotFound: Bool { isFromInterface && words.hasPrefix("404") }
  private var isOfProject: Bool { saysNotFound && words.contains("Project") }

  // MARK: - Words

  private enum Key: String, CaseIterable, Sendable { case message }
  private static let keys = KeyTable<Key>("response")
  private static let maxBodyBytes = 4096
  private static let maxWords = 300

  /// The message in a response of GitLab's interface, such as `{"message": "404 Not found"}`.
  private static func message(_ body: [UInt8]) -> String? {
    guard body.count <= maxBodyBytes else { return nil }
    var message: String?
    var json = JSONReader(body)
    do throws(JSONError) {
      try json.object(keys) { (json, _) throws(JSONError) in
        guard json.kind() == .string else { return try json.skip() }
        message = try json.string()
      }
      try json.end()
    } catch {
      return nil
    }
    return message
  }

  /// A text without a line break, a control character or a tag; empty if it has one or is long.
  private static func plain(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
        && $0 != "<" && $0.properties.generalCategory != .lineSeparator
        && $0.properties.generalCategory != .paragraphSeparator
    }
    return isPlain && text.utf8.count <= maxWords ? text : ""
  }

  private var described: String {
    words.isEmpty ? "status \(status)" : "status \(status), \"\(words)\""
  }

  // MARK: - Errors

  func error(_ place: GitLabAddress) -> SharedStoreError {
    let advice: String
    switch status {
    case 500:
      return .unavailable(
        "\(described); GitLab says this also if someone has locked the state. \(unlock(place))",
        after: after)
    case 409, 423:
      return .unavailable(
        "\(described): someone has locked the state. \(unlock(place))", after: after)
    case 429:
      return .unavailable(
        "\(described): too many requests for the rate limit of GitLab", after: after)
    case 408, 501...:
      return .unavailable(described, after: after)
    case 300..<400:
      advice = "The server redirects to another address. Correct the host in the address \(place)."
    case 401:
      advice =
        "Check TF_HTTP_USERNAME and TF_HTTP_PASSWORD: the name of a user and an access token with "
        + "the scope api, or gitlab-ci-token and $CI_JOB_TOKEN, which is valid until its job ends."
    case 403:
      advice =
        "The user of the access token must be a Maintainer of the project \(place.project) to change "
        + "states, and a Developer to read them. The token needs the scope api. The project needs the "
        + "feature Infrastructure (in its settings). Change these settings, or use another "
        + "TF_HTTP_USERNAME and TF_HTTP_PASSWORD."
    case 404 where isOfProject:
      advice =
        "There is no project \(place.project), or this user may not see it. Correct the address "
        + "\(place), or TF_HTTP_USERNAME and TF_HTTP_PASSWORD."
    case 404:
      advice =
        "The server does not answer as GitLab does. Correct the host in the address \(place)."
    case 413:
      advice =
        "The state is larger than this GitLab allows. An administrator can raise the limit of states "
        + "(max_terraform_state_size_bytes) and of requests (client_max_body_size of nginx); "
        + "otherwise keep the state in an object store."
    case 422:
      advice =
        "GitLab rejected the request. If someone is deleting the state, wait until it is "
        + "deleted; otherwise use another name in the address \(place)."
    default: advice = words
    }
    return .refused(code: described, words: advice)
  }

  private func unlock(_ place: GitLabAddress) -> String {
    "If so, wait, or unlock \(place.name) and \(place.logName) on the project's page Operate > "
      + "Terraform states"
  }
}
