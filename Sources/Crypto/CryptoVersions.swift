internal import CCrypto

/// The version of OpenSSL in this process, such as `3.0.17`.
package var opensslVersion: String {
  unsafe String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))
}

/// The version of zlib in this process, such as `1.2.13`.
package var zlibVersionText: String {
  unsafe String(cString: zlibVersion())
}
