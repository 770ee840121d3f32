internal import CCurl

/// The version of libcurl in this process and of what it was built with, such as
/// `libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13`.
package var httpVersion: String {
  unsafe String(cString: curl_version())
}
