/// Whether a host, in lower case and without brackets, can only be this machine: `localhost`, in
/// 127.0.0.0/8, or `::1`.
package func isLoopback(host: String) -> Bool {
  if host == "localhost" || host == "::1" { return true }
  let parts = host.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count == 4 && parts[0] == "127"
    && parts.allSatisfy { $0.utf8.allSatisfy(\.isDigit) && UInt8($0) != nil }
}
