import Bytes
import PruneCore
import TestSupport
import Testing

@testable import PruneEngine

@Suite struct GitLabAddressTests {
  @Test(arguments: [
    (
      "gitlab://gitlab.com/123/users",
      "https://gitlab.com/api/v4/projects/123/terraform/state/users"
    ),
    (
      "gitlab://Git.example:8443/1/a_B-9",
      "https://git.example:8443/api/v4/projects/1/terraform/state/a_B-9"
    ),
    ("gitlab://127.0.0.1:8080/7/s", "http://127.0.0.1:8080/api/v4/projects/7/terraform/state/s"),
    ("gitlab://[::1]:80/7/s", "http://[::1]:80/api/v4/projects/7/terraform/state/s"),
    (
      "gitlab://h/group%2Fsub.group%2F_p/s",
      "https://h/api/v4/projects/group%2Fsub.group%2F_p/terraform/state/s"
    ),
  ])
  func `an address names a state, and its log beside it`(text: String, url: String) throws {
    let address = try GitLabAddress(text)
    #expect(address.state == url)
    #expect(address.log == url + "-log")
    #expect(address.entry(LogIndex.start.next) == url + "-log/versions/1")
    #expect(try GitLabAddress(address.description) == address)
    #expect(try StateAddress(text) == .gitlab(address) && StateAddress.isShared(text))
  }

  @Test(arguments: [
    "gitlab://", "gitlab:///1/s", "gitlab://h/1", "gitlab://h/1/", "gitlab://h//s",
    "gitlab://h/1/s/",
    "gitlab://h/1/a/b", "gitlab://h/0/s", "gitlab://h/-1/s", "gitlab://h/group/s",
    "gitlab://h/..%2F..%2Fx/s", "gitlab://h/a%2F/s", "gitlab://h/a%2Fb%3Fc/s", "gitlab://h/1/a.b",
    "gitlab://h/1/s?ID=1", "gitlab://h/1/s#a", "gitlab://h/1/s%2Flock", "gitlab://h/1/users-log",
    "gitlab://user:secret@h/1/s", "gitlab://h:0/1/s", "gitlab://h:99999/1/s", "gitlab://h x/1/s",
    "gitlab://h/1/é", "gitlab://h/1/-s", "gitlab://h\r\nX: y/1/s",
  ])
  func `anything else is refused`(text: String) {
    #expect(throws: SharedStoreError.self) { try StateAddress(text) }
    #expect(StateAddress.isShared(text))
  }

  @Test func `random addresses are refused or safe in a URL`() {
    var random = SplitMix64(seed: 1)
    let pieces = [
      "gitlab://", "h", "1", "/", "%2F", "%", "..", ":", "[", "]", "é", "-log", "\n", "9",
    ]
    for _ in 0..<20_000 {
      var text = random.oneIn(4) ? "" : GitLabAddress.scheme
      for _ in 0..<random.below(9) { text += random.pick(pieces) }
      guard let address = try? GitLabAddress(text) else { continue }
      let path = address.state.dropFirst(address.endpoint.description.count)
      #expect(path.utf8.allSatisfy { $0.isLetterOrDigit || "-_./%".utf8.contains($0) })
      #expect(path.split(separator: "/").count == 7 && !path.contains("/."))
    }
  }
}
