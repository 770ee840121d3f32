internal import CCurl

/// The version of libcurl in this process and of the libraries that it uses, such as
/// `7.88.1 OpenSSL/3.0.17 zlib/1.2.13`.
package var httpVersion: String {
  let text = unsafe String(cString: curl_version())
  let name = "libcurl/"
  return text.hasPrefix(name) ? String(text.dropFirst(name.count)) : text
}
