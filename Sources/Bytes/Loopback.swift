/// Whether a host, in lower case and without brackets, can only be this machine: `localhost`, in
/// 127.0.0.0/8, or `::1`. Numbers have no leading zeros, which some readers take for octal.
package func isLoopback(host: String) -> Bool {
  if host == "localhost" || host == "::1" { return true }
  let parts = host.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count == 4 && parts[0] == "127"
    && parts.allSatisfy { part in
      part.utf8.allSatisfy(\.isDigit) && UInt8(part) != nil && (part == "0" || part.first != "0")
    }
}
