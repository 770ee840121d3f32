import PruneCore
import Testing

@testable import PruneEngine

/// Where a signature may go.
@Suite struct HostRulesTests {
  private func permits(_ url: String, allowed: String? = nil) throws -> Bool {
    HostRules.permits(try #require(Endpoint(url), "\(url) is no endpoint"), allowed: allowed)
  }

  @Test(arguments: Region.allCases)
  func `the documented host of every region is allowed`(region: Region) throws {
    #expect(HostRules.permits(Endpoint(region: region), allowed: nil))
    #expect(try permits("https://\(region.host):443"))
    #expect(try permits("https://\(region.host.uppercased())"))
    #expect(try !permits("https://\(region.host):8443"))
    #expect(try !permits("https://\(region.host).example"))
    #expect(try !permits("https://x\(region.host)"))
    #expect(Endpoint("http://\(region.host)") == nil)
  }

  @Test(arguments: ["", "sgp", "kr", "jpn", "ger", "usa", "idn", "ind"])
  func `the standby hosts are allowed`(suffix: String) throws {
    #expect(try permits("https://adminapi\(suffix).my-imcloud.com"))
  }

  @Test(arguments: [
    "http://127.0.0.1", "http://127.0.0.1:8080", "http://127.9.8.7", "http://localhost:1",
    "http://[::1]:8080", "https://[::1]", "https://localhost",
  ])
  func `this machine is allowed`(url: String) throws {
    #expect(try permits(url))
  }

  @Test(arguments: [
    "https://example.com", "https://my-imcloud.com", "https://127.0.0.1.example.com",
    "https://1270.0.0.1", "https://128.0.0.1", "https://localhost.example.com", "https://[::2]",
    "https://127.0.0.256", "https://127.0.1", "https://adminapisgp.my-imcloud.com.example",
    // Seen in code, but on no documentation page.
    "https://adminapiksa.my-imcloud.com",
  ])
  func `any other host needs IMPRUNE_ALLOW_HOST`(url: String) throws {
    #expect(try !permits(url))
    #expect(try !permits(url, allowed: ""))
    #expect(try !permits(url, allowed: "other.example"))
    let endpoint = try #require(Endpoint(url))
    let host = endpoint.host
    #expect(HostRules.entry(for: endpoint).contains(host))
    #expect(try permits(url, allowed: HostRules.entry(for: endpoint)))
    #expect(try permits(url, allowed: host))
    #expect(try permits(url, allowed: host.uppercased()))
    #expect(try permits(url, allowed: "other.example,\(host)"))
    #expect(try permits(url, allowed: " other.example , \(host) "))
  }

  @Test func `an allowed host is allowed at its port, by default 443`() throws {
    #expect(try permits("https://proxy.example:443", allowed: "proxy.example"))
    #expect(try permits("https://proxy.example", allowed: "proxy.example:443"))
    #expect(try permits("https://proxy.example:8443", allowed: "proxy.example:8443"))
    #expect(try permits("https://proxy.example:8443", allowed: "proxy.example, PROXY.example:8443"))
    #expect(try permits("https://[::2]:8443", allowed: "[::2]:8443"))
    #expect(try permits("https://[::2]", allowed: "[::2]"))
    #expect(try !permits("https://proxy.example:8443", allowed: "proxy.example"))
    #expect(try !permits("https://proxy.example", allowed: "proxy.example:8443"))
    #expect(try !permits("https://proxy.example:8443", allowed: "proxy.example:8444"))
    #expect(try !permits("https://proxy.example:8443", allowed: "proxy.example:"))
    #expect(try !permits("https://proxy.example:8443", allowed: "proxy.example:*"))
    #expect(try !permits("https://proxy.example:8443", allowed: "proxy.example:8443x"))
    #expect(try !permits("https://[::2]:8443", allowed: "[::2]"))
    #expect(try !permits("https://[::2]:8443", allowed: "::2:8443"))
    let endpoint = try #require(Endpoint("https://proxy.example:8443"))
    #expect(HostRules.entry(for: endpoint) == "proxy.example:8443")
    #expect(HostRules.ports(of: endpoint, allowed: "proxy.example:1 proxy.example") == [1, 443])
    #expect(HostRules.ports(of: endpoint, allowed: "other.example") == [])
  }

  @Test func `an allowed host must match completely`() throws {
    #expect(try !permits("https://proxy.example", allowed: "example"))
    #expect(try !permits("https://proxy.example", allowed: "*"))
    #expect(try !permits("https://evil-proxy.example", allowed: "proxy.example"))
  }

  @Test(arguments: ["http://example.com", "http://10.0.0.1", "ftp://127.0.0.1", "127.0.0.1:80"])
  func `plain http to another machine is never an endpoint`(url: String) {
    #expect(Endpoint(url) == nil)
  }
}
